#include "data/csv_records.hpp"

#include "data/parse_number.hpp"

#include <algorithm>
#include <array>

namespace sketchntk {

bool CsvRecords::next() {
    std::string_view line;
    if (!next_line(line)) return false;
    line_number_ = lines_.line_number();
    if (line.find('"') == std::string_view::npos)
        split(line);
    else
        split_with_quotes(line);
    return true;
}

void CsvRecords::fail(const std::string& message, const std::string& column) const {
    throw_format_error(lines_, line_number_, message, column);
}

bool CsvRecords::next_line(std::string_view& line) {
    Index blank_line = 0;
    while (lines_.next(line)) {
        if (!trimmed(line).empty()) {
            if (blank_line > 0)
                throw_format_error(lines_, blank_line, "expected a row, got a blank line");
            return true;
        }
        if (blank_line == 0) blank_line = lines_.line_number();
    }
    return false;
}

bool CsvRecords::is_separator(char c) const {
    return c == separator_ || (separator_ == ' ' && c == '\t');
}

void CsvRecords::split(std::string_view line) {
    cells_.clear();
    std::size_t begin = 0;
    for (;;) {
        if (separator_ == ' ') {
            while (begin < line.size() && is_separator(line[begin])) ++begin;
            if (begin == line.size()) return;
        }
        std::size_t end = begin;
        while (end < line.size() && !is_separator(line[end])) ++end;
        cells_.push_back(line.substr(begin, end - begin));
        if (end == line.size()) return;
        begin = end + 1;
    }
}

// Cells without their quotes are never longer than with them, so they are moved to the front of the
// record one after the other; views are made last, because lines may be appended on the way.
void CsvRecords::split_with_quotes(std::string_view line) {
    record_.assign(line);
    bounds_.clear();
    std::size_t read = 0;
    std::size_t write = 0;
    for (;;) {
        if (separator_ == ' ') {
            while (read < record_.size() && is_separator(record_[read])) ++read;
            if (read == record_.size()) break;
        }
        const std::size_t begin = write;
        if (begins_with_quote(read))
            take_quoted_cell(read, write);
        else
            take_bare_cell(read, write);
        bounds_.emplace_back(begin, write);
        if (read == record_.size()) break;
        ++read;
    }
    cells_.clear();
    for (const auto& [begin, end] : bounds_)
        cells_.push_back(std::string_view(record_).substr(begin, end - begin));
}

// Also skips the spaces before the quote, if there is one.
bool CsvRecords::begins_with_quote(std::size_t& position) const {
    const std::size_t first = record_.find_first_not_of(' ', position);
    if (first == std::string::npos || record_[first] != '"') return false;
    position = first;
    return true;
}

void CsvRecords::take_quoted_cell(std::size_t& read, std::size_t& write) {
    ++read;
    for (;;) {
        if (read == record_.size()) append_line();
        const char c = record_[read++];
        if (c == '"') {
            const bool escaped = read < record_.size() && record_[read] == '"';
            if (!escaped) break;
            ++read;
        }
        record_[write++] = c;
    }
    if (separator_ != ' ')
        while (read < record_.size() && record_[read] == ' ') ++read;
    if (read < record_.size() && !is_separator(record_[read]))
        fail("expected a separator after the closing quote, got " + in_quotes({&record_[read], 1}));
}

void CsvRecords::take_bare_cell(std::size_t& read, std::size_t& write) {
    while (read < record_.size() && !is_separator(record_[read]))
        record_[write++] = record_[read++];
}

void CsvRecords::append_line() {
    std::string_view line;
    if (!lines_.next(line)) fail("expected a closing quote before the end of the file");
    record_ += '\n';
    record_ += line;
}

namespace {

constexpr std::array<char, 4> candidates = {'\t', ';', ',', ' '};
using Counts = std::array<Index, candidates.size()>;

// Counts the separators of each kind in `line`; `quoted` says whether the line begins, and then
// whether it ends, within a quoted cell.
void count_separators(std::string_view line, bool& quoted, Counts& counts) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    // Blanks separate only between other characters; a tab at the end may begin an empty cell.
    const std::string_view middle = trimmed(line);
    bool cell_begins = true;
    char previous = ' ';
    for (const char& c : line) {
        if (c == '"' && (quoted || cell_begins || previous == '"')) quoted = !quoted;
        if (!quoted) {
            for (std::size_t k = 0; k < 3; ++k) counts[k] += c == candidates[k] ? 1 : 0;
            const bool within = &c >= middle.data() && &c < middle.data() + middle.size();
            counts[3] += within && is_blank(c) && !is_blank(previous) ? 1 : 0;
        }
        cell_begins = is_blank(c) || c == ';' || c == ',';
        previous = c;
    }
}

std::vector<Counts> separators_of_first_records(const std::string& path, std::size_t most) {
    TextLines lines(path);
    std::vector<Counts> records;
    bool quoted = false;
    std::string_view line;
    // Not all of a file whose one quote is never closed.
    const Index last_line = 1000;
    while (records.size() < most && lines.line_number() < last_line && lines.next(line)) {
        if (!quoted && trimmed(line).empty()) break;
        const bool continued = quoted;
        if (!continued) records.emplace_back();
        count_separators(line, quoted, records.back());
    }
    return records;
}

}  // namespace

char detect_separator(const std::string& path) {
    const std::vector<Counts> records = separators_of_first_records(path, 20);
    if (records.empty()) return ',';
    const Counts& first = records.front();
    for (std::size_t k = 0; k < candidates.size(); ++k) {
        const bool constant =
            std::all_of(records.begin(), records.end(),
                        [&](const Counts& counts) { return counts[k] == first[k]; });
        if (constant && first[k] > 0) return candidates[k];
    }
    for (std::size_t k = 0; k < candidates.size(); ++k)
        if (first[k] > 0) return candidates[k];
    return ',';
}

}  // namespace sketchntk
