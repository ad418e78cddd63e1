#include "core/finite.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/features/linear.hpp>
#include <sketchntk/features/ntk_random_features.hpp>

#include <nlohmann/json.hpp>

#include <map>

namespace sketchntk {

namespace {

using Factory = std::unique_ptr<FeatureMap> (*)(const FeatureMapConfiguration&, Index);

// The one list of maps: a new one is a line here and a file of its own.
const std::map<std::string, Factory>& factories() {
    static const std::map<std::string, Factory> all{
        {"linear",
         [](const FeatureMapConfiguration& c, Index inputs) -> std::unique_ptr<FeatureMap> {
             return std::make_unique<LinearFeatures>(c.network, inputs);
         }},
        {"ntkrf",
         [](const FeatureMapConfiguration& c, Index inputs) -> std::unique_ptr<FeatureMap> {
             return std::make_unique<NtkRandomFeatures>(c.network, c.kind, c.features, c.seed,
                                                        inputs);
         }},
    };
    return all;
}

}  // namespace

void FeatureMap::transform(MatrixView<const float> x, MatrixView<float> out,
                           const Execution& execution) const {
    if (x.columns() != inputs() || out.columns() != features() || x.rows() != out.rows())
        throw DimensionMismatch("feature map from " + std::to_string(inputs()) + " inputs to " +
                                std::to_string(features()) + " features: got rows of shape " +
                                std::to_string(x.rows()) + " x " + std::to_string(x.columns()) +
                                " and a result of shape " + std::to_string(out.rows()) + " x " +
                                std::to_string(out.columns()));
    refuse_not_finite("feature map", x);
    map_rows(x, out, execution);
}

std::unique_ptr<FeatureMap> make_feature_map(const FeatureMapConfiguration& configuration,
                                             Index inputs) {
    const auto found = factories().find(configuration.map);
    if (found == factories().end())
        throw InvalidArgument("map: unknown '" + configuration.map + "', did you mean '" +
                              nearest_name(configuration.map, feature_map_names()) + "'?");
    return found->second(configuration, inputs);
}

std::vector<std::string> feature_map_names() {
    std::vector<std::string> names;
    for (const auto& [name, factory] : factories()) names.push_back(name);
    return names;
}

std::string to_json(const FeatureMapConfiguration& configuration) {
    // The seed goes as text: a JSON number of 64 bits is not safe in every reader.
    return nlohmann::ordered_json{
        {"map", configuration.map},
        {"network", nlohmann::ordered_json::parse(to_json(configuration.network))},
        {"kind", std::string(to_text(configuration.kind))},
        {"features", configuration.features},
        {"seed", std::to_string(configuration.seed.value)}}
        .dump();
}

FeatureMapConfiguration feature_map_from_json(std::string_view text) {
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        FeatureMapConfiguration configuration;
        configuration.map = json.at("map").get<std::string>();
        configuration.network = parse_network(json.at("network").dump());
        configuration.kind = parse_kernel_kind(json.at("kind").get<std::string>());
        configuration.features = json.at("features").get<Index>();
        configuration.seed.value = std::stoull(json.at("seed").get<std::string>());
        return configuration;
    } catch (const nlohmann::json::exception& error) {
        throw FormatError(std::string("feature map configuration: ") + error.what());
    } catch (const std::logic_error&) {
        throw FormatError("feature map configuration: the seed is not a number");
    }
}

}  // namespace sketchntk
