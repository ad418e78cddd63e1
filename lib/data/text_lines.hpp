#pragma once

#include "data/compressed_file.hpp"

#include <sketchntk/core/matrix.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sketchntk {

/// The lines of a text file, plain or compressed by gzip (told by content, not by name), one at a
/// time. A byte order mark of UTF-8 is skipped, lines end in LF or CR LF, and a line may be as
/// long as the memory holds.
class TextLines {
  public:
    /// @throws IoError if the file cannot be opened or is not a regular file.
    explicit TextLines(const std::string& path);

    /// Gives the next line, without its end; `line` is valid until the next call.
    /// @returns false at the end of the file.
    /// @throws IoError if the file cannot be read, FormatError if its compressed data is truncated
    ///   or damaged.
    [[nodiscard]] bool next(std::string_view& line);

    /// Number of the line that `next` gave last, from 1.
    [[nodiscard]] Index line_number() const { return line_number_; }

    /// Back to the first line.
    /// @throws IoError if the file cannot be read.
    void rewind();

    [[nodiscard]] const std::string& path() const { return file_.path(); }

  private:
    bool find_line_end(std::size_t& end);
    bool fill_buffer();
    void skip_byte_order_mark(std::string_view& line) const;

    CompressedFile file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  ///< unread bytes are buffer_[begin_, end_)
    std::size_t end_ = 0;
    Index line_number_ = 0;
};

/// Throws FormatError "PATH:LINE: message", or "PATH:LINE, COLUMN: message" if a column is given.
[[noreturn]] void throw_format_error(const TextLines& lines, Index line_number,
                                     const std::string& message, const std::string& column = "");

}  // namespace sketchntk
