#include "csv_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace sketchntk::tools {

namespace {

std::string quoted_if_needed(const std::string& cell) {
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string text = "\"";
    for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c)
        line += (c > 0 ? "," : "") + quoted_if_needed(cells[c]);
    return line + "\n";
}

std::string csv_number(double value) {
    if (!std::isfinite(value)) return "";
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), end};
}

}  // namespace sketchntk::tools
