#include "kernels/layer_fields.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/network.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sketchntk {

bool Residual::operator==(const Residual& other) const = default;

namespace {

std::string sequence_text(const std::vector<Layer>& layers);

std::string number_text(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

// What a layer's properties are in text: those that differ from their standard.
class TextOptions {
  public:
    void deviation(const char* name, double value, double standard) {
        if (value != standard) add(name, number_text(value));
    }
    void flag(const char* name, bool value, bool standard) {
        if (value != standard) add(name, value ? "1" : "0");
    }
    void extent(const char* name, const Extent& value, const Extent& standard) {
        const Extent lengths = collapsed(value);
        if (lengths == collapsed(standard)) return;
        std::string text;
        for (const Index length : lengths)
            text.append(text.empty() ? "" : "x").append(std::to_string(length));
        add(standard.empty() ? "" : name, text);
    }
    void padding(const char* name, Padding value, Padding standard) {
        if (value == standard) return;
        for (const auto& [padding, text] : padding_names)
            if (padding == value) add(name, std::string(text));
    }
    void layers(const std::string& name, const std::vector<Layer>& branch) {
        if (name != "branch" && !branch.empty()) options_ += " | ";
        options_ += sequence_text(branch);
    }

    [[nodiscard]] const std::string& text() const { return options_; }

  private:
    void add(const std::string& name, const std::string& value) {
        if (!options_.empty()) options_ += ", ";
        if (!name.empty()) options_.append(name).append("=");
        options_ += value;
    }

    std::string options_;
};

template <typename L>
std::string options_text(L layer) {
    TextOptions options;
    describe(layer, options);
    return options.text();
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
    return std::visit(
        [](const auto& kind) -> std::string {
            using Kind = std::decay_t<decltype(kind)>;
            if constexpr (std::is_same_v<Kind, Activation>) {
                return activation_text(kind);
            } else {
                const std::string options = options_text(kind);
                const bool bare = options.empty() && !std::is_same_v<Kind, Residual>;
                return LayerName<Kind>::text + (bare ? "" : "(" + options + ")");
            }
        },
        layer);
}

std::string sequence_text(const std::vector<Layer>& layers) {
    std::string text;
    for (const Layer& layer : layers) {
        if (!text.empty()) text += ' ';
        text += layer_text(layer);
    }
    return text;
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
    return sequence_text(network.layers);
}

bool serves_rows(const Network& network) {
    return std::all_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
        return std::holds_alternative<Dense>(layer) || std::holds_alternative<Activation>(layer);
    });
}

FullyConnectedLayers fully_connected_layers(const Network& network) {
    FullyConnectedLayers layers;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const bool expects_dense = i % 2 == 0;
        const Layer& layer = network.layers[i];
        if (!(expects_dense ? std::holds_alternative<Dense>(layer)
                            : std::holds_alternative<Activation>(layer)))
            throw InvalidArgument("network: layer " + std::to_string(i + 1) + " is " +
                                  layer_text(layer) + ", expected " +
                                  (expects_dense ? "dense" : "an activation") +
                                  ": dense layers and activations must alternate");
        if (expects_dense)
            layers.dense.push_back(std::get<Dense>(layer));
        else
            layers.activations.push_back(completed(std::get<Activation>(layer)));
    }
    if (network.layers.size() % 2 == 0)
        throw InvalidArgument("network: expected the last layer to be dense");
    return layers;
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
