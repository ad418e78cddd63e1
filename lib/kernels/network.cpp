#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/network.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>

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

std::string layer_text(const Layer& layer) {
    if (std::holds_alternative<Relu>(layer)) return "relu";
    const std::string options = options_text(std::get<Dense>(layer));
    return options.empty() ? "dense" : "dense(" + options + ")";
}

nlohmann::ordered_json layer_json(const Layer& layer) {
    if (std::holds_alternative<Relu>(layer)) return {{"type", "relu"}};
    const Dense& dense = std::get<Dense>(layer);
    nlohmann::ordered_json json{{"type", "dense"}, {"w_std", dense.w_std}, {"b_std", dense.b_std}};
    if (!dense.trained) json["trained"] = false;
    return json;
}

}  // namespace

Network fully_connected_network(Index depth, Dense dense) {
    if (depth < 0)
        throw InvalidArgument("network depth: expected 0 or more hidden layers, got " +
                              std::to_string(depth));
    Network network;
    for (Index hidden = 0; hidden < depth; ++hidden) {
        network.layers.emplace_back(dense);
        network.layers.emplace_back(Relu{});
    }
    network.layers.emplace_back(dense);
    return network;
}

std::string to_text(const Network& network) {
    const auto count = static_cast<Index>(network.layers.size());
    if (count % 2 == 1 && std::holds_alternative<Dense>(network.layers.front())) {
        const Dense& first = std::get<Dense>(network.layers.front());
        if (network == fully_connected_network(count / 2, first)) {
            const std::string options = options_text(first);
            return "fc(depth=" + std::to_string(count / 2) +
                   (options.empty() ? ")" : ", " + options + ")");
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

std::vector<Dense> dense_layers(const Network& network) {
    std::vector<Dense> dense;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const bool expects_dense = i % 2 == 0;
        if (std::holds_alternative<Dense>(network.layers[i]) != expects_dense)
            throw InvalidArgument("network: layer " + std::to_string(i + 1) + " is " +
                                  layer_text(network.layers[i]) + ", expected " +
                                  (expects_dense ? "dense" : "relu") +
                                  ": dense and relu layers must alternate");
        if (expects_dense) dense.push_back(std::get<Dense>(network.layers[i]));
    }
    if (network.layers.size() % 2 == 0)
        throw InvalidArgument("network: expected the last layer to be dense");
    return dense;
}

std::vector<Network> networks_of_single_layers(const Network& network) {
    const std::vector<Dense> dense = dense_layers(network);
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
