#include "protein.hpp"

#include "catch2.hpp"
#include "data/text_lines.hpp"

#include <cstdlib>

namespace sketchntk_test {

std::string protein_path() {
    return SKETCHNTK_SOURCE_DIRECTORY "/data/protein/data.csv.gz";
}

Lines first_lines(const std::string& path, std::size_t count) {
    sketchntk::TextLines file(path);
    Lines lines;
    for (std::string_view line; lines.size() < count && file.next(line);) lines.emplace_back(line);
    return lines;
}

Lines protein_lines(std::size_t count) {
    Lines lines = first_lines(protein_path(), count);
    REQUIRE(lines.size() == count);
    return lines;
}

Lines without_last_column(const Lines& lines) {
    Lines shorter;
    for (const std::string& line : lines) shorter.push_back(line.substr(0, line.rfind(',')));
    return shorter;
}

std::string text_of(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

Numbers numbers_of(const Lines& lines) {
    Numbers rows;
    for (const std::string& line : lines) {
        std::vector<double>& row = rows.emplace_back();
        for (const char* cell = line.c_str(); *cell != '\0';) {
            char* end = nullptr;
            row.push_back(std::strtod(cell, &end));
            REQUIRE(end != cell);
            cell = *end == ',' ? end + 1 : end;
        }
    }
    return rows;
}

}  // namespace sketchntk_test
