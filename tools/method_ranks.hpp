#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk::tools {

/// How one of several methods did over many data sets, as Fernandez-Delgado et al. (2014) sum up
/// classifiers.
struct MethodSummary {
    double mean = 0;
    double deviation = 0;      ///< of the accuracies about their mean: sqrt(1/N sum (a - mean)^2)
    double friedman_rank = 0;  ///< mean over the sets of the rank, 1 for the largest accuracy
    double p90 = 0;            ///< share of the sets on which accuracy >= 0.90 of the set's largest
    double p95 = 0;            ///< the same with 0.95
    double pma = 0;            ///< mean over the sets of accuracy / the set's largest
};

/// The ranks of values, the largest having rank 1; equal ones share the mean of their ranks.
[[nodiscard]] std::vector<double> ranks(std::span<const double> values);

/// One summary for each column. A set on which no method is ever right counts as one on which all
/// reach the largest accuracy.
/// @param accuracies sets x methods
[[nodiscard]] std::vector<MethodSummary> summarise_methods(MatrixView<const double> accuracies);

}  // namespace sketchntk::tools
