#include <sketchntk/core/error.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <nlohmann/json.hpp>

namespace sketchntk {

std::string map_text(const FeatureMapConfiguration& configuration) {
    return sketches::to_text({.name = configuration.map, .options = configuration.options});
}

void set_map(FeatureMapConfiguration& configuration, std::string_view text) {
    sketches::OperatorDescription description;
    try {
        description = sketches::parse_operator(text);
    } catch (const InvalidArgument& error) {
        throw InvalidArgument(std::string("map: ") + error.what());
    }
    configuration.map = std::move(description.name);
    configuration.options = std::move(description.options);
}

std::string to_json(const FeatureMapConfiguration& configuration) {
    // The seed goes as text: a JSON number of 64 bits is not safe in every reader.
    nlohmann::ordered_json json{
        {"map", map_text(configuration)},
        {"network", nlohmann::ordered_json::parse(to_json(configuration.network))},
        {"kind", std::string(to_text(configuration.kind))},
        {"features", configuration.features},
        {"seed", std::to_string(configuration.seed.value)}};
    if (configuration.normalise_rows) json["normalise"] = "rows";
    if (configuration.layer_blocks) json["blocks"] = "layers";
    if (!configuration.image.empty()) json["image"] = configuration.image;
    return json.dump();
}

FeatureMapConfiguration feature_map_from_json(std::string_view text) {
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        FeatureMapConfiguration configuration;
        set_map(configuration, json.at("map").get<std::string>());
        configuration.network = parse_network(json.at("network").dump());
        configuration.kind = parse_kernel_kind(json.at("kind").get<std::string>());
        configuration.features = json.at("features").get<Index>();
        configuration.seed.value = std::stoull(json.at("seed").get<std::string>());
        configuration.normalise_rows = json.value("normalise", "none") == "rows";
        configuration.layer_blocks = json.value("blocks", "none") == "layers";
        configuration.image = json.value("image", ImageShape{});
        return configuration;
    } catch (const nlohmann::json::exception& error) {
        throw FormatError(std::string("feature map configuration: ") + error.what());
    } catch (const std::logic_error&) {
        throw FormatError("feature map configuration: the seed is not a number");
    }
}

}  // namespace sketchntk
