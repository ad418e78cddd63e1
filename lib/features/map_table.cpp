#include "features/map_table.hpp"

#include <sketchntk/features/linear.hpp>
#include <sketchntk/features/ntk_random_features.hpp>

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

}  // namespace

const std::map<std::string, MapEntry>& map_table() {
    static const std::map<std::string, MapEntry> all{
        {"linear", {.make = make_linear}},
        {"ntkrf", {.make = make_ntkrf}},
    };
    return all;
}

}  // namespace sketchntk
