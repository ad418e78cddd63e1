#pragma once

#include "command_json.hpp"
#include "comparison_summary.hpp"

#include <span>
#include <string>

namespace sketchntk::tools {

/// {"runs": [...], "summary": [...]}: every run as it came, and for each method and number of
/// features the mean, the standard error and the count of each figure.
[[nodiscard]] Json comparison_json(std::span<const ComparisonResult> results);

/// A line for each run under a header.
[[nodiscard]] std::string runs_csv(std::span<const ComparisonResult> results);

/// A line for each method and number of features: each figure's mean and standard error.
[[nodiscard]] std::string summary_csv(std::span<const ComparisonResult> results);

/// The table of means for people, standard errors beside them where there are any.
[[nodiscard]] std::string comparison_table(std::span<const ComparisonResult> results,
                                           bool classification);

/// What is said of a run as soon as it has ended.
[[nodiscard]] std::string result_line(const ComparisonResult& result);

/// Writes a text, whole or not at all; nothing if `path` is empty.
void write_text(const std::string& path, const std::string& text);

}  // namespace sketchntk::tools
