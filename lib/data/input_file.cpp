#include "data/input_file.hpp"

#include <sketchntk/core/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace sketchntk {

void throw_io_error(const std::string& path, const std::string& action) {
    const int reason = errno;
    throw IoError(path + ": cannot " + action + ": " + std::generic_category().message(reason));
}

InputFile::InputFile(const std::string& path) : path_(path) {
    // A pipe without a writer would block here for ever; regular files do not care.
    descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) throw_io_error(path, "open for reading");
    struct stat status {};
    const bool known = fstat(descriptor_, &status) == 0;
    if (!known || !S_ISREG(status.st_mode)) {
        close(descriptor_);
        throw IoError(path + ": not a regular file");
    }
    size_ = static_cast<Index>(status.st_size);
}

InputFile::InputFile(std::string name, std::span<const std::byte> memory)
    : path_(std::move(name)), memory_(memory), size_(static_cast<Index>(memory.size())) {}

InputFile::~InputFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

void InputFile::read_at(Index position, std::span<std::byte> bytes) const {
    if (descriptor_ < 0) {
        const auto available = memory_.subspan(static_cast<std::size_t>(std::min(position, size_)));
        const std::size_t count = std::min(bytes.size(), available.size());
        std::copy_n(available.begin(), count, bytes.begin());
        bytes = bytes.subspan(count);
        position += static_cast<Index>(count);
    }
    while (!bytes.empty()) {
        const ssize_t count =
            descriptor_ < 0 ? 0 : pread(descriptor_, bytes.data(), bytes.size(), position);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_io_error(path_, "read");
        if (count == 0)
            throw FormatError(path_ + ": the file ends after " + std::to_string(position) +
                              " bytes; expected " + std::to_string(bytes.size()) + " more");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        position += count;
    }
}

}  // namespace sketchntk
