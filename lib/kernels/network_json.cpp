#include "kernels/layer_fields.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/network.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace sketchntk {

namespace {

using Json = nlohmann::ordered_json;

std::vector<Layer> layers_from_json(const std::string& where, const Json& json);
Json layers_json(const std::vector<Layer>& layers);

double number_from(const std::string& where, const std::string& key, const Json& value) {
    if (!value.is_number())
        throw InvalidArgument(where + ": " + key + ": expected a number, got " + value.dump());
    return value.get<double>();
}

std::vector<double> numbers_from(const std::string& where, const std::string& key,
                                 const Json& value) {
    if (!value.is_array())
        throw InvalidArgument(where + ": " + key + ": expected a list of numbers, got " +
                              value.dump());
    std::vector<double> numbers;
    for (const Json& number : value) numbers.push_back(number_from(where, key, number));
    return numbers;
}

void refuse_unknown_keys(const std::string& where, const Json& json,
                         const std::vector<std::string>& known) {
    for (const auto& [key, value] : json.items())
        if (key != "type" && std::find(known.begin(), known.end(), key) == known.end())
            throw InvalidArgument(where + ": " + json["type"].get<std::string>() +
                                  " has no property \"" + key + "\"");
}

/// Hands a layer the properties of its JSON object.
class JsonReader {
  public:
    JsonReader(std::string where, const Json& json) : where_(std::move(where)), json_(json) {}

    void deviation(const char* name, double& value, double standard) {
        const Json* given = take(name);
        value = given == nullptr
                    ? standard
                    : checked_deviation(where_, name, number_from(where_, name, *given));
    }
    void flag(const char* name, bool& value, bool standard) {
        const Json* given = take(name);
        if (given != nullptr && !given->is_boolean())
            throw InvalidArgument(where_ + ": " + name + ": expected true or false, got " +
                                  given->dump());
        value = given == nullptr ? standard : given->get<bool>();
    }
    void extent(const char* name, Extent& value, const Extent& standard) {
        const Json* given = take(name);
        if (given == nullptr && standard.empty())
            throw InvalidArgument(where_ + ": " + name + " must be given");
        if (given == nullptr)
            value = collapsed(standard);
        else
            value = checked_extent(where_, name,
                                   given->is_number() ? std::vector<double>{given->get<double>()}
                                                      : numbers_from(where_, name, *given));
    }
    void padding(const char* name, Padding& value, Padding standard) {
        const Json* given = take(name);
        if (given != nullptr && !given->is_string())
            throw InvalidArgument(where_ + ": " + name + ": expected a word, got " + given->dump());
        value = given == nullptr ? standard : padding_from(where_, given->get<std::string>());
    }
    void layers(const char* name, std::vector<Layer>& value) {
        const Json* given = take(name);
        if (given != nullptr) value = layers_from_json(where_ + ", " + name, *given);
    }

    void finish() const { refuse_unknown_keys(where_, json_, names_); }

  private:
    const Json* take(const char* name) {
        names_.emplace_back(name);
        return json_.contains(name) ? &json_[name] : nullptr;
    }

    std::string where_;
    const Json& json_;
    std::vector<std::string> names_;
};

/// Writes every property, but for trained layers that they are.
class JsonWriter {
  public:
    explicit JsonWriter(Json& json) : json_(json) {}

    void deviation(const char* name, double value, double) { json_[name] = value; }
    void flag(const char* name, bool value, bool standard) {
        if (value != standard) json_[name] = value;
    }
    void extent(const char* name, const Extent& value, const Extent&) { json_[name] = value; }
    void padding(const char* name, Padding value, Padding) {
        for (const auto& [padding, text] : padding_names)
            if (padding == value) json_[name] = text;
    }
    void layers(const char* name, const std::vector<Layer>& value) {
        json_[name] = layers_json(value);
    }

  private:
    Json& json_;
};

Activation activation_from_json(const std::string& where, const std::string& type,
                                const Json& json) {
    std::vector<std::string> names = activation_parameters(type);
    const bool repeats = repeats_last_parameter(type);
    if (repeats) names.back() += "s";
    refuse_unknown_keys(where, json, names);
    Activation activation{type, {}};
    for (const std::string& name : names) {
        if (!json.contains(name)) break;
        if (repeats)
            activation.parameters = numbers_from(where, name, json[name]);
        else
            activation.parameters.push_back(number_from(where, name, json[name]));
    }
    try {
        return completed(activation);
    } catch (const InvalidArgument& error) {
        throw InvalidArgument(where + ": " + error.what());
    }
}

Layer layer_from_json(const std::string& where, const Json& json) {
    if (!json.is_object() || !json.contains("type") || !json["type"].is_string())
        throw InvalidArgument(where + ": expected an object with a \"type\", got " + json.dump());
    const std::string type = json["type"];
    if (is_activation(type)) return activation_from_json(where, type, json);
    std::vector<Layer> found;
    for_each_layer_kind([&]<typename L>(L layer) {
        if (type != LayerName<L>::text) return;
        JsonReader reader(where, json);
        describe(layer, reader);
        reader.finish();
        found.emplace_back(std::move(layer));
    });
    if (found.empty()) refuse_word(where, type, layer_names());
    return found.front();
}

std::vector<Layer> layers_from_json(const std::string& where, const Json& json) {
    if (!json.is_array())
        throw InvalidArgument(where + ": expected a list of layers, got " + json.dump());
    std::vector<Layer> layers;
    for (const Json& layer : json)
        layers.push_back(
            layer_from_json(where + ", layer " + std::to_string(layers.size() + 1), layer));
    return layers;
}

Json activation_json(const Activation& activation) {
    Json json{{"type", activation.name}};
    const std::vector<std::string> names = activation_parameters(activation.name);
    if (repeats_last_parameter(activation.name)) {
        json[names.back() + "s"] = activation.parameters;
        return json;
    }
    for (std::size_t i = 0; i < activation.parameters.size(); ++i)
        json[names[i]] = activation.parameters[i];
    return json;
}

Json layer_json(const Layer& layer) {
    return std::visit(
        [](auto kind) -> Json {
            using Kind = decltype(kind);
            if constexpr (std::is_same_v<Kind, Activation>) {
                return activation_json(kind);
            } else {
                Json json{{"type", LayerName<Kind>::text}};
                JsonWriter writer(json);
                describe(kind, writer);
                return json;
            }
        },
        layer);
}

Json layers_json(const std::vector<Layer>& layers) {
    Json json = Json::array();
    for (const Layer& layer : layers) json.push_back(layer_json(layer));
    return json;
}

}  // namespace

Network parse_network_json(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) throw InvalidArgument("network: not valid JSON");
    if (!json.contains("layers") || !json["layers"].is_array() || json["layers"].empty())
        throw InvalidArgument("network: expected {\"layers\": [...]} with at least one layer");
    return {layers_from_json("network", json["layers"])};
}

std::string to_json(const Network& network) {
    return Json{{"layers", layers_json(network.layers)}}.dump();
}

}  // namespace sketchntk
