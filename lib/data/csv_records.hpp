#pragma once

#include "data/text_lines.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sketchntk {

/// The records of a CSV file (RFC 4180), each a list of cells, one at a time. A cell that begins
/// with a quote may hold separators and line breaks, and a quote as two; the quotes are removed.
///
/// The separator ' ' stands for runs of spaces and tabs, those at the ends of a line being ignored.
class CsvRecords {
  public:
    CsvRecords(const std::string& path, char separator) : lines_(path), separator_(separator) {}

    /// Goes to the next record; allocates nothing once its buffers have grown.
    /// @returns false at the end of the file, where blank lines are ignored.
    /// @throws FormatError for a blank line between records and for misplaced quotes.
    [[nodiscard]] bool next();

    /// The cells of the record, valid until the next call of `next`.
    [[nodiscard]] std::span<const std::string_view> cells() const { return cells_; }

    /// Number of the line in which the record begins, from 1.
    [[nodiscard]] Index line_number() const { return line_number_; }

    void rewind() { lines_.rewind(); }

    /// Throws FormatError "FILE:LINE: message", or "FILE:LINE, COLUMN: message".
    [[noreturn]] void fail(const std::string& message, const std::string& column = "") const;

  private:
    bool next_line(std::string_view& line);
    bool is_separator(char c) const;
    void split(std::string_view line);
    void split_with_quotes(std::string_view line);
    bool begins_with_quote(std::size_t& position) const;
    void take_quoted_cell(std::size_t& read, std::size_t& write);
    void take_bare_cell(std::size_t& read, std::size_t& write);
    void append_line();

    TextLines lines_;
    char separator_;
    Index line_number_ = 0;
    std::vector<std::string_view> cells_;
    std::string record_;  ///< a record with quotes, which is rewritten in place
    std::vector<std::pair<std::size_t, std::size_t>> bounds_;  ///< its cells, [begin, end)
};

/// Finds the separator of a file from its first 20 records: of tab, semicolon, comma and blanks (in
/// that order, so that "1,5; 2,5" has two cells) the first that stands equally often in each record
/// outside quotes; otherwise the first that stands in the first record; otherwise the comma.
[[nodiscard]] char detect_separator(const std::string& path);

}  // namespace sketchntk
