#include "features/map_table.hpp"

#include <sketchntk/features/linear.hpp>
#include <sketchntk/features/ntk_random_features.hpp>
#include <sketchntk/features/zonal_features.hpp>

namespace sketchntk {

namespace {

std::unique_ptr<FeatureMap> make_linear(const FeatureMapConfiguration& c, sketches::OptionReader&,
                                        Index inputs, LearntRows) {
    return std::make_unique<LinearFeatures>(c.network, inputs);
}

std::unique_ptr<FeatureMap> make_ntkrf(const FeatureMapConfiguration& c, sketches::OptionReader&,
                                       Index inputs, LearntRows) {
    return std::make_unique<NtkRandomFeatures>(c.network, c.kind, c.features, c.seed, inputs);
}

std::unique_ptr<FeatureMap> make_zonal(const FeatureMapConfiguration& c,
                                       sketches::OptionReader& options, Index inputs, LearntRows) {
    const auto degree = [&](const char* option) {
        const Index value = options.integer(option, -1, 0, highest_zonal_degree);
        return value < 0 ? std::nullopt : std::optional(value);
    };
    ZonalOptions zonal;
    zonal.degrees = {.highest = degree("degree"), .exact = degree("exact")};
    zonal.normalised_rows = c.normalise_rows;
    if (options.word("directions", {"orthogonal", "sphere"}) == "sphere")
        zonal.directions = ZonalDirections::sphere;
    if (options.word("signs", {"alternating", "equal"}) == "equal") zonal.signs = ZonalSigns::equal;
    return std::make_unique<ZonalFeatures>(c.network, c.kind, c.features, zonal, c.seed, inputs);
}

}  // namespace

const std::map<std::string, MapEntry>& map_table() {
    static const std::map<std::string, MapEntry> all{
        {"linear", {.make = make_linear}},
        {"ntkrf", {.make = make_ntkrf}},
        {"zonal", {.make = make_zonal}},
    };
    return all;
}

}  // namespace sketchntk
