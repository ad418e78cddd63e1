#include "data/output_path.hpp"

#include "data/input_file.hpp"

#include <sketchntk/core/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace sketchntk {

namespace {

std::string follow_links(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_symlink(path, error)) return path;
    const auto target = std::filesystem::weakly_canonical(path, error);
    return error ? path : target.string();
}

}  // namespace

std::string replaceable_file(const std::string& path) {
    if (path.empty()) throw IoError("output path: expected a file name, got an empty string");
    if (path.back() == '/') throw IoError(path + ": cannot write: names a directory");
    std::string target = follow_links(path);
    struct stat status {};
    if (stat(target.c_str(), &status) != 0) return target;
    if (!S_ISREG(status.st_mode)) throw IoError(path + ": cannot write: not a regular file");
    if (access(target.c_str(), W_OK) != 0) throw_io_error(path, "write");
    return target;
}

// The file's content is on the disk already, so a file system that cannot do this costs nothing
// worse than the previous file.
void synchronise_directory_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path();
    const std::string directory = parent.empty() ? "." : parent.string();
    const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    fsync(descriptor);
    close(descriptor);
}

}  // namespace sketchntk
