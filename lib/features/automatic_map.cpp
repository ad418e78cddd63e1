#include "features/automatic_map.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/automatic_map.hpp>

#include <algorithm>
#include <array>

namespace sketchntk {

namespace {

// Why these: docs/feature_maps.md.
constexpr std::array candidate_maps{"zonal",
                                    "zonal(degree=8)",
                                    "zonal(degree=4)",
                                    "nystrom",
                                    "nystrom(landmarks=uniform)",
                                    "nystrom(landmarks=rpcholesky)",
                                    "ntkrf"};

// Of networks on images: docs/cntk-features.md.
constexpr std::array candidate_image_maps{
    "cntkrf(directions=patches,contrast=0.02,whiten=0.3,hidden_whiten=3,flip=yes)",
    "cntkrf(directions=patches,contrast=0.02,whiten=0.3,hidden_whiten=3)"};

constexpr Index comparison_rows_per_feature = 10;
constexpr Index least_comparison_rows = 10'000;
constexpr Index comparison_images = 5'000;
constexpr Index most_compared_features_of_images = 512;

template <std::size_t count>
std::vector<FeatureMapConfiguration> with_maps(const FeatureMapConfiguration& configuration,
                                               const std::array<const char*, count>& maps) {
    std::vector<FeatureMapConfiguration> candidates;
    for (const char* map : maps) {
        candidates.push_back(configuration);
        set_map(candidates.back(), map);
    }
    return candidates;
}

}  // namespace

bool is_automatic(const FeatureMapConfiguration& configuration) {
    return configuration.map == "auto";
}

std::vector<FeatureMapConfiguration> automatic_candidates(
    const FeatureMapConfiguration& configuration) {
    return serves_rows(configuration.network) ? with_maps(configuration, candidate_maps)
                                              : with_maps(configuration, candidate_image_maps);
}

Index automatic_compared_features(const FeatureMapConfiguration& configuration) {
    return std::min(configuration.features, serves_rows(configuration.network)
                                                ? most_compared_features
                                                : most_compared_features_of_images);
}

Index automatic_comparison_rows(const FeatureMapConfiguration& configuration, Index features) {
    if (!serves_rows(configuration.network)) return comparison_images;
    return std::max(least_comparison_rows,
                    comparison_rows_per_feature * std::min(features, most_compared_features));
}

AutomaticMap::AutomaticMap(const FeatureMapConfiguration& configuration, Index inputs)
    : inputs_(inputs) {
    std::string reason;
    for (const FeatureMapConfiguration& candidate : automatic_candidates(configuration)) {
        try {
            candidates_.push_back(make_feature_map(candidate, inputs));
        } catch (const InvalidArgument& error) {
            reason = error.what();
        }
    }
    if (candidates_.empty()) throw InvalidArgument("auto: no map can serve; " + reason);
}

Index AutomaticMap::features() const {
    Index most = 0;
    for (const auto& map : candidates_) most = std::max(most, map->features());
    return most;
}

std::int64_t AutomaticMap::bytes(int threads) const {
    std::int64_t most = 0;
    for (const auto& map : candidates_) most = std::max(most, map->bytes(threads));
    return most;
}

std::int64_t AutomaticMap::sparse_bytes(int threads, Index entries) const {
    std::int64_t most = 0;
    for (const auto& map : candidates_) most = std::max(most, map->sparse_bytes(threads, entries));
    return most;
}

std::int64_t AutomaticMap::learning_bytes() const {
    std::int64_t most = 0;
    for (const auto& map : candidates_) most = std::max(most, map->learning_bytes());
    return most;
}

double AutomaticMap::flops_per_row() const {
    double most = 0;
    for (const auto& map : candidates_) most = std::max(most, map->flops_per_row());
    return most;
}

void AutomaticMap::map_rows(MatrixView<const float>, MatrixView<float>, const Execution&) const {
    throw InvalidArgument(
        "auto: which map it stands for is still to be chosen from data (choose_feature_map)");
}

}  // namespace sketchntk
