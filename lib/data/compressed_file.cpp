#include "data/compressed_file.hpp"

#include <sketchntk/core/error.hpp>

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace sketchntk {
namespace {

gzFile_s* open_file(const std::string& path) {
    // Schemas are learnt by reading a file more than once, which would lose the rows of a pipe.
    std::error_code ignored;
    const auto type = std::filesystem::status(path, ignored).type();
    if (std::filesystem::exists(path, ignored) && type != std::filesystem::file_type::regular)
        throw IoError(path + ": expected a regular file, got a directory, pipe or device");
    errno = 0;
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr)
        throw IoError(path + ": cannot open: " +
                      std::generic_category().message(errno != 0 ? errno : ENOMEM));
    constexpr unsigned buffer_bytes = 1U << 18;
    gzbuffer(file, buffer_bytes);
    return file;
}

[[noreturn]] void throw_read_error(const std::string& path, gzFile_s* file) {
    const int system_error = errno;
    int code = Z_OK;
    const std::string reason = gzerror(file, &code);
    if (code == Z_ERRNO)
        throw IoError(path + ": cannot read: " + std::generic_category().message(system_error));
    if (code == Z_BUF_ERROR)
        throw FormatError(path + ": expected complete gzip data, got a truncated file");
    throw FormatError(path + ": damaged gzip data: " + reason);
}

}  // namespace

void CompressedFile::Close::operator()(gzFile_s* file) const noexcept {
    gzclose(file);
}

CompressedFile::CompressedFile(const std::string& path) : path_(path), file_(open_file(path)) {}

std::size_t CompressedFile::read(std::span<char> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::size_t room = std::min(bytes.size() - done, std::size_t{1} << 30);
        const int count = gzread(file_.get(), bytes.data() + done, static_cast<unsigned>(room));
        // At a truncated end zlib gives the bytes it has and tells of the loss by its error state
        // only, which may come before these bytes are read.
        int code = Z_OK;
        gzerror(file_.get(), &code);
        const bool whole = count == static_cast<int>(room);
        if (!whole && (count < 0 || code != Z_OK)) throw_read_error(path_, file_.get());
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

void CompressedFile::rewind() {
    if (gzrewind(file_.get()) != 0) throw_read_error(path_, file_.get());
}

}  // namespace sketchntk
