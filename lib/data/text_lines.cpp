#include "data/text_lines.hpp"

#include <sketchntk/core/error.hpp>

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace sketchntk {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

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
    gzbuffer(file, static_cast<unsigned>(buffer_bytes));
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

void TextLines::Close::operator()(gzFile_s* file) const noexcept {
    gzclose(file);
}

TextLines::TextLines(const std::string& path)
    : path_(path), file_(open_file(path)), buffer_(buffer_bytes) {}

bool TextLines::next(std::string_view& line) {
    std::size_t line_end = 0;
    const bool terminated = find_line_end(line_end);
    if (!terminated && line_end == begin_) return false;
    line = {buffer_.data() + begin_, line_end - begin_};
    begin_ = terminated ? line_end + 1 : line_end;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (++line_number_ == 1) skip_byte_order_mark(line);
    return true;
}

// Sets `end` to the position of the next LF, or to the end of the data and returns false.
bool TextLines::find_line_end(std::size_t& end) {
    std::size_t searched = 0;
    for (;;) {
        const char* first = buffer_.data() + begin_ + searched;
        const std::size_t length = end_ - begin_ - searched;
        if (const void* found = length > 0 ? std::memchr(first, '\n', length) : nullptr) {
            end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
            return true;
        }
        searched = end_ - begin_;
        if (!fill_buffer()) {
            end = end_;
            return false;
        }
    }
}

// Appends bytes of the file to the unread ones; false at its end.
bool TextLines::fill_buffer() {
    std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
    const std::size_t room = std::min(buffer_.size() - end_, std::size_t{1} << 30);
    const int count = gzread(file_.get(), buffer_.data() + end_, static_cast<unsigned>(room));
    // At a truncated end zlib gives the bytes it has and tells of the loss by its error state only.
    int code = Z_OK;
    gzerror(file_.get(), &code);
    if (count < 0 || code != Z_OK) throw_read_error(path_, file_.get());
    end_ += static_cast<std::size_t>(count);
    return count > 0;
}

void TextLines::skip_byte_order_mark(std::string_view& line) const {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (line.starts_with(mark)) line.remove_prefix(mark.size());
}

void TextLines::rewind() {
    if (gzrewind(file_.get()) != 0) throw_read_error(path_, file_.get());
    begin_ = end_ = 0;
    line_number_ = 0;
}

void throw_format_error(const TextLines& lines, Index line_number, const std::string& message,
                        const std::string& column) {
    throw FormatError(lines.path() + ":" + std::to_string(line_number) +
                      (column.empty() ? "" : ", " + column) + ": " + message);
}

}  // namespace sketchntk
