#include "features/map_table.hpp"

#include <sketchntk/features/linear.hpp>
#include <sketchntk/features/ntk_layer_sketch.hpp>
#include <sketchntk/features/ntk_polynomial_sketch.hpp>
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

std::unique_ptr<FeatureMap> make_ntksketch_by_layers(const FeatureMapConfiguration& c,
                                                     sketches::OptionReader& options,
                                                     Index inputs) {
    NtkLayerSketchOptions chosen;
    chosen.degree = options.integer("degree", chosen.degree, 1, 63);
    chosen.taylor = options.word("series", {"fitted", "taylor"}) == "taylor";
    chosen.hidden_width = options.integer("width", chosen.hidden_width, 0, Index{1} << 24);
    return std::make_unique<NtkLayerSketch>(c.network, c.kind, chosen, c.features, c.seed, inputs);
}

std::unique_ptr<FeatureMap> make_ntksketch(const FeatureMapConfiguration& c,
                                           sketches::OptionReader& options, Index inputs,
                                           LearntRows) {
    if (options.word("form", {"kernel", "layers"}) == "layers")
        return make_ntksketch_by_layers(c, options, inputs);
    NtkPolynomialSketchOptions chosen;
    chosen.degree = options.integer("degree", chosen.degree, 1, 64);
    const std::string linear = options.word("linear", {"automatic", "exact", "sketched"});
    if (linear == "exact") chosen.linear = LinearTerm::exact;
    if (linear == "sketched") chosen.linear = LinearTerm::sketched;
    chosen.node_width = options.integer("node_width", chosen.node_width, 0, Index{1} << 24);
    return std::make_unique<NtkPolynomialSketch>(c.network, c.kind, c.normalise_rows, chosen,
                                                 c.features, c.seed, inputs);
}

}  // namespace

const std::map<std::string, MapEntry>& map_table() {
    static const std::map<std::string, MapEntry> all{
        {"linear", {.make = make_linear}},
        {"ntkrf", {.make = make_ntkrf}},
        {"ntksketch", {.make = make_ntksketch}},
    };
    return all;
}

}  // namespace sketchntk
