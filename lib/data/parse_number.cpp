#include "data/parse_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace sketchntk {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

std::string_view without_plus(std::string_view text) {
    const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
    return plus ? text.substr(1) : text;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool parse_number(std::string_view text, double& number) {
    text = without_plus(trimmed(text));
    const char* end = text.data() + text.size();
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return false;
    number = value;
    return true;
}

std::optional<Index> parse_integer(std::string_view text) {
    text = without_plus(text);
    const char* end = text.data() + text.size();
    Index value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::string number_text(double number) {
    std::array<char, 32> text;
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    return {text.data(), end};
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    const auto code = [](char c) { return static_cast<unsigned char>(c); };
    std::size_t length = std::min(text.size(), longest);
    // Not through the middle of a UTF-8 character, whose later bytes are 10xxxxxx.
    while (length > 0 && length < text.size() && (code(text[length]) & 0xC0) == 0x80) --length;
    std::string shown = "'";
    for (const char c : text.substr(0, length)) shown += code(c) < 0x20 || c == 0x7F ? '?' : c;
    return shown + (length < text.size() ? "...'" : "'");
}

std::string number_error(std::string_view text) {
    text = trimmed(text);
    double number = 0;
    if (text.empty()) return "expected a number, got an empty cell";
    if (parse_number(text, number) && !std::isfinite(number))
        return "expected a finite number, got " + in_quotes(text);
    return "expected a number, got " + in_quotes(text);
}

}  // namespace sketchntk
