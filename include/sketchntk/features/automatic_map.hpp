#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <vector>

namespace sketchntk {

/// Whether the map is `auto`, which stands for one that is still to be chosen by looking at data
/// (`choose_feature_map`). Until then it can be asked for its size, which is that of the largest
/// candidate, and refuses to map.
[[nodiscard]] bool is_automatic(const FeatureMapConfiguration& configuration);

/// What `auto` stands for: the maps it chooses among, the configuration being that of all of them
/// otherwise. Not all may serve the network. The order decides between equals.
[[nodiscard]] std::vector<FeatureMapConfiguration> automatic_candidates(
    const FeatureMapConfiguration& configuration);

/// Candidates with more features are compared with so many.
inline constexpr Index most_compared_features = 2048;

/// With how many features the candidates of a configuration are compared: at most
/// `most_compared_features`, and 512 of images, whose features cost so much more than rows do.
[[nodiscard]] Index automatic_compared_features(const FeatureMapConfiguration& configuration);

/// Rows on which candidates of so many features are to be compared: ten for a feature that is
/// compared, and at least 10,000; 5,000 images.
[[nodiscard]] Index automatic_comparison_rows(const FeatureMapConfiguration& configuration,
                                              Index features);

}  // namespace sketchntk
