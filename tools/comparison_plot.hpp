#pragma once

#include "comparison_summary.hpp"

#include <span>
#include <string>

namespace sketchntk::tools {

/// Test RMSE and Frobenius kernel error over the number of features as an SVG file: a curve with
/// standard errors for each map, horizontal lines for the exact kernel and for maps whose size is
/// their own (linear).
[[nodiscard]] std::string comparison_plot(std::span<const ComparisonSummary> summaries);

}  // namespace sketchntk::tools
