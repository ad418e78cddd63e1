#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <map>
#include <string>

namespace sketchntk {

/// How a map is made and what it learns.
struct MapEntry {
    std::unique_ptr<FeatureMap> (*make)(const FeatureMapConfiguration&,
                                        sketches::OptionReader& options, Index inputs,
                                        LearntRows learnt);
    /// Both null for a map that learns nothing.
    Index (*sample_rows)(const FeatureMapConfiguration&, sketches::OptionReader& options) = nullptr;
    LearntRows (*learn)(const FeatureMapConfiguration&, sketches::OptionReader& options,
                        MatrixView<const float> sample, const Execution&) = nullptr;
};

/// The one list of maps: a new one is a line here and a file of its own.
[[nodiscard]] const std::map<std::string, MapEntry>& map_table();

}  // namespace sketchntk
