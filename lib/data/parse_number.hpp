#pragma once

#include <sketchntk/core/matrix.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sketchntk {

/// `text` without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Reads all of `text` as a decimal floating-point number, whatever the locale; blanks around it
/// and a leading plus are accepted. The number may be NaN or infinite, if the text says so.
/// @returns false, leaving `number` as it is, for anything else and for numbers beyond float64.
[[nodiscard]] bool parse_number(std::string_view text, double& number);

/// Reads all of `text` as a decimal integer with or without a sign.
[[nodiscard]] std::optional<Index> parse_integer(std::string_view text);

/// The shortest text that reads back as `number`.
[[nodiscard]] std::string number_text(double number);

/// `text` for a message: in quotes, without control characters, and cut after 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Why `text` is not accepted as a finite number: "expected a number, got 'abc'".
[[nodiscard]] std::string number_error(std::string_view text);

}  // namespace sketchntk
