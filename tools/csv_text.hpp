#pragma once

#include <string>
#include <vector>

namespace sketchntk::tools {

/// A line of a CSV file (RFC 4180), its end included: cells with a comma, a quote or a line break
/// are quoted.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

/// The shortest text that gives the same number back; empty for one that is not finite.
[[nodiscard]] std::string csv_number(double value);

}  // namespace sketchntk::tools
