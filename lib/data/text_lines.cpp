#include "data/text_lines.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <cstring>

namespace sketchntk {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

}  // namespace

TextLines::TextLines(const std::string& path) : file_(path), buffer_(buffer_bytes) {}

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
    const std::size_t count = file_.read(std::span(buffer_).subspan(end_));
    end_ += count;
    return count > 0;
}

void TextLines::skip_byte_order_mark(std::string_view& line) const {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (line.starts_with(mark)) line.remove_prefix(mark.size());
}

void TextLines::rewind() {
    file_.rewind();
    begin_ = end_ = 0;
    line_number_ = 0;
}

void throw_format_error(const TextLines& lines, Index line_number, const std::string& message,
                        const std::string& column) {
    throw FormatError(lines.path() + ":" + std::to_string(line_number) +
                      (column.empty() ? "" : ", " + column) + ": " + message);
}

}  // namespace sketchntk
