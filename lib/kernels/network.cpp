#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/network.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sketchntk {

namespace {

std::string number_text(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

std::string options_text(const Dense& dense) {
    const Dense standard;
    std::string options;
    if (dense.w_std != standard.w_std) options += "w_std=" + number_text(dense.w_std);
    if (dense.b_std != standard.b_std)
        options += (options.empty() ? "b_std=" : ", b_std=") + number_text(dense.b_std);
    if (!dense.trained) options += options.empty() ? "trained=0" : ", trained=0";
    return options;
}

std::string activation_text(const Activation& activation) {
    const std::vector<std::string> names = activation_parameters(activation.name);
    const bool listed = repeats_last_parameter(activation.name);
    std::string text;
    for (std::size_t i = 0; i < activation.parameters.size(); ++i) {
        text += i == 0 ? "(" : ", ";
        if (!listed) text.append(names[i]).append("=");
        text += number_text(activation.parameters[i]);
    }
    return activation.name + (text.empty() ? text : text + ")");
}

std::string layer_text(const Layer& layer) {
    if (const auto* activation = std::get_if<Activation>(&layer))
        return activation_text(*activation);
    const std::string options = options_text(std::get<Dense>(layer));
    return options.empty() ? "dense" : "dense(" + options + ")";
}

nlohmann::ordered_json activation_json(const Activation& activation) {
    nlohmann::ordered_json json{{"type", activation.name}};
    const std::vector<std::string> names = activation_parameters(activation.name);
    if (repeats_last_parameter(activation.name))
        json[names.back() + "s"] = activation.parameters;
    else
        for (std::size_t i = 0; i < activation.parameters.size(); ++i)
            json[names[i]] = activation.parameters[i];
    return json;
}

nlohmann::ordered_json layer_json(const Layer& layer) {
    if (const auto* activation = std::get_if<Activation>(&layer))
        return activation_json(*activation);
    const Dense& dense = std::get<Dense>(layer);
    nlohmann::ordered_json json{{"type", "dense"}, {"w_std", dense.w_std}, {"b_std", dense.b_std}};
    if (!dense.trained) json["trained"] = false;
    return json;
}

}  // namespace

Network fully_connected_network(Index depth, Dense dense, const Activation& activation) {
    if (depth < 0)
        throw InvalidArgument("network depth: expected 0 or more hidden layers, got " +
                              std::to_string(depth));
    const Activation whole = completed(activation);
    Network network;
    for (Index hidden = 0; hidden < depth; ++hidden) {
        network.layers.emplace_back(dense);
        network.layers.emplace_back(whole);
    }
    network.layers.emplace_back(dense);
    return network;
}

std::string to_text(const Network& network) {
    const auto count = static_cast<Index>(network.layers.size());
    if (count % 2 == 1 && std::holds_alternative<Dense>(network.layers.front())) {
        const Dense& first = std::get<Dense>(network.layers.front());
        const auto* second = count > 1 ? std::get_if<Activation>(&network.layers[1]) : nullptr;
        const Activation activation = second != nullptr ? *second : Activation{};
        if (network == fully_connected_network(count / 2, first, activation)) {
            std::string text = "fc(depth=" + std::to_string(count / 2);
            if (activation != Activation{})
                text.append(", activation=").append(activation_text(activation));
            if (const std::string options = options_text(first); !options.empty())
                text.append(", ").append(options);
            return text += ')';
        }
    }
    std::string text;
    for (const Layer& layer : network.layers) {
        if (!text.empty()) text += ' ';
        text += layer_text(layer);
    }
    return text;
}

std::string to_json(const Network& network) {
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (const Layer& layer : network.layers) layers.push_back(layer_json(layer));
    return nlohmann::ordered_json{{"layers", layers}}.dump();
}

FullyConnectedLayers fully_connected_layers(const Network& network) {
    FullyConnectedLayers layers;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const bool expects_dense = i % 2 == 0;
        if (std::holds_alternative<Dense>(network.layers[i]) != expects_dense)
            throw InvalidArgument("network: layer " + std::to_string(i + 1) + " is " +
                                  layer_text(network.layers[i]) + ", expected " +
                                  (expects_dense ? "dense" : "an activation") +
                                  ": dense layers and activations must alternate");
        if (expects_dense)
            layers.dense.push_back(std::get<Dense>(network.layers[i]));
        else
            layers.activations.push_back(completed(std::get<Activation>(network.layers[i])));
    }
    if (network.layers.size() % 2 == 0)
        throw InvalidArgument("network: expected the last layer to be dense");
    return layers;
}

bool is_relu_network(const Network& network) {
    return std::all_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
        const auto* activation = std::get_if<Activation>(&layer);
        return activation == nullptr || *activation == Activation{};
    });
}

std::vector<Dense> dense_layers(const Network& network) {
    FullyConnectedLayers layers = fully_connected_layers(network);
    for (std::size_t l = 0; l < layers.activations.size(); ++l)
        if (layers.activations[l] != Activation{})
            throw InvalidArgument("network: layer " + std::to_string(2 * l + 2) + " is " +
                                  layer_text(layers.activations[l]) +
                                  ", expected relu: only exact kernels and the map nystrom serve "
                                  "other activations");
    return std::move(layers.dense);
}

std::vector<Network> networks_of_single_layers(const Network& network) {
    const std::vector<Dense> dense = fully_connected_layers(network).dense;
    std::vector<Network> networks;
    for (std::size_t trained = 0; trained < dense.size(); ++trained) {
        if (!dense[trained].trained) continue;
        Network single = network;
        for (std::size_t l = 0; l < dense.size(); ++l)
            std::get<Dense>(single.layers[2 * l]).trained = l == trained;
        networks.push_back(std::move(single));
    }
    return networks;
}

}  // namespace sketchntk
