#pragma once

#include "comparison.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace sketchntk::tools {

/// A number that every run of a method has, under the name that it has in JSON and CSV.
struct Figure {
    std::string_view name;
    double (*value)(const ComparisonResult&);
};

/// All of them, in the order of the columns.
[[nodiscard]] std::span<const Figure> figures();

/// A mean over independent runs and its standard error.
struct Estimate {
    double mean = 0;
    double standard_error = 0;  ///< sample deviation / sqrt(count); NaN for one run
    Index count = 0;
};

[[nodiscard]] Estimate estimate(std::span<const double> values);

/// All runs of one method with one number of features.
struct ComparisonSummary {
    std::string method;
    Index features = 0;
    Index runs = 0;
    std::vector<Estimate> estimates;  ///< one for each of `figures()`

    /// @param name of a figure
    [[nodiscard]] const Estimate& operator[](std::string_view name) const;
};

/// In the order in which methods first occur. Over several splits, the runs with different seeds of
/// a split are first averaged, and the standard error is that over the splits; with one split it is
/// that over the seeds.
[[nodiscard]] std::vector<ComparisonSummary> summarise(std::span<const ComparisonResult> results);

}  // namespace sketchntk::tools
