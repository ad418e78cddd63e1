#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <string>

namespace sketchntk::tools {

/// What the features of a data file come from.
struct FeaturesSource {
    RowReader& rows;
    const Standardiser& standardiser;
    const FeatureMapConfiguration& configuration;
    const FeatureMap& map;
    Index batch_rows;
};

struct WrittenFeatures {
    Index rows = 0;
    Index resumed = 0;  ///< rows that an earlier run has mapped
    double seconds = 0;
};

/// Writes the features of all rows, rows x features, and goes on with what an interrupted run of
/// the same map on the same data has left (`ResumableNpy`): same means the configuration, what the
/// map has learnt, and the first rows, standardised.
/// @param targets_path an array file for the targets, rows x targets in float64; none if empty
/// @throws as `ResumableNpy` and `NpyWriter`, and what reading and mapping throw.
WrittenFeatures write_features(const FeaturesSource& source, const std::string& path,
                               NpyScalar scalar, const std::string& targets_path,
                               const Execution& execution);

}  // namespace sketchntk::tools
