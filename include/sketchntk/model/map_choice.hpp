#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/features/automatic_map.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <string>
#include <vector>

namespace sketchntk {

/// What a sample of the data says about one map.
struct MapEvidence {
    FeatureMapConfiguration configuration;
    std::string refusal = {};     ///< why the map cannot serve; the rest is empty then
    Index measured_features = 0;  ///< with which the errors were measured
    /// |Z Z^T - K| / |K| in the Frobenius norm, on rows from which the map has not learnt.
    /// NaN for features of another kernel, and of networks on images, whose kernel would take long.
    double kernel_error = 0;
    /// Of a ridge regression on the other rows, on rows that it has not seen, with the best lambda:
    /// the root mean square over the deviation of the targets. NaN without targets that vary.
    double held_out_error = 0;
    /// To map one row and to add it to the Gram, with all features of the configuration.
    double flops_per_row = 0;

    [[nodiscard]] bool can_serve() const { return refusal.empty(); }
};

/// A map, and what it was chosen by.
struct MapChoice {
    FeatureMapConfiguration configuration;
    std::vector<MapEvidence> evidence;  ///< of all candidates, in their order
    Index learning_rows = 0;
    Index held_out_rows = 0;
    bool by_held_out_error = false;  ///< rather than by the kernel error, there being no targets
};

/// With fewer rows candidates are not compared: the errors on a fifth of them would be noise.
inline constexpr Index least_compared_rows = 100;

/// Chooses the map for data of which `rows` are a sample.
///
/// Each candidate learns from four fifths of the rows, and a ridge regression on its features of
/// them is tested on the others; that error decides, because the map that is nearest to the kernel
/// is not always the one that predicts best (docs/feature_maps.md). Without targets, the kernel
/// error on at most 500 of the other rows decides. Among maps with an error at most 1 % (of
/// kernels: 10 %) above the least, the cheapest is taken, by the flops to map a row and to add it
/// to the Gram.
///
/// Of fewer than `least_compared_rows` rows nothing is measured, and the last candidate that can
/// serve is taken (`ntkrf`, which promises the kernel in expectation whatever the data).
///
/// Nothing that is measured in seconds enters: the choice depends on the arguments alone, and is
/// the same for any number of threads. Cost: for each candidate about that of a fit to the rows.
/// @param candidates `automatic_candidates`, or others; they may differ in their features
/// @param rows inputs as the map will see them (standardised)
/// @param targets rows x any number of columns, none included
/// @param most_features larger candidates are measured with fewer, in proportion
/// @throws InvalidArgument if no candidate can serve; DimensionMismatch.
[[nodiscard]] MapChoice choose_feature_map(const std::vector<FeatureMapConfiguration>& candidates,
                                           MatrixView<const float> rows,
                                           MatrixView<const double> targets,
                                           Index most_features = most_compared_features,
                                           const Execution& execution = {});

}  // namespace sketchntk
