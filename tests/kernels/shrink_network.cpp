#include "kernels/shrink_network.hpp"

#include <algorithm>
#include <utility>

namespace sketchntk::testing {

namespace {

using Layers = std::vector<Layer>;

// Every step makes one of these smaller and none larger, so that shrinking ends.

std::vector<std::vector<Index>> with_one_shorter(const std::vector<Index>& lengths) {
    std::vector<std::vector<Index>> results;
    for (std::size_t axis = 0; axis < lengths.size(); ++axis)
        for (const Index length : {Index{1}, lengths[axis] - 1}) {
            if (length < 1 || length == lengths[axis]) continue;
            results.push_back(lengths);
            results.back()[axis] = length;
        }
    return results;
}

std::vector<Extent> simpler_extents(const Extent& extent) {
    std::vector<Extent> simpler = with_one_shorter(extent);
    if (extent.size() > 1)
        for (const Index length : extent) simpler.push_back({length});
    return simpler;
}

template <typename WithWeights>
void simplify_weights(const WithWeights& layer, Layers& simpler) {
    const Dense defaults;
    for (const bool deviation : {true, false})
        for (const bool bias : {true, false})
            for (const bool trained : {true, false}) {
                WithWeights next = layer;
                if (deviation) next.w_std = defaults.w_std;
                if (bias) next.b_std = defaults.b_std;
                if (trained) next.trained = defaults.trained;
                simpler.push_back(next);
            }
}

void simplify(const Dense& dense, Layers& simpler) {
    simplify_weights(dense, simpler);
}

void simplify(const Convolution& conv, Layers& simpler) {
    simpler.push_back(Dense{conv.w_std, conv.b_std, conv.trained});
    Convolution next = conv;
    next.padding = Padding::same;
    simpler.push_back(next);
    for (const Extent& stride : simpler_extents(conv.stride)) {
        next = conv;
        next.stride = stride;
        simpler.push_back(next);
    }
    for (const Extent& filter : simpler_extents(conv.filter)) {
        next = conv;
        next.filter = filter;
        simpler.push_back(next);
    }
    simplify_weights(conv, simpler);
}

void simplify(const AveragePool& pool, Layers& simpler) {
    AveragePool next = pool;
    for (const Extent& stride : simpler_extents(pool.stride)) {
        next.stride = stride;
        simpler.push_back(next);
    }
    next = pool;
    for (const Extent& window : simpler_extents(pool.window)) {
        next.window = window;
        simpler.push_back(next);
    }
}

void simplify(const Activation& activation, Layers& simpler) {
    if (activation.name == "identity") return;
    simpler.push_back(Activation{"identity", {}});
    if (activation.name != "relu") simpler.push_back(Activation{"relu", {}});
}

void simplify(const GlobalAveragePool&, Layers& simpler) {
    simpler.push_back(Flatten{});
}

void simplify(const Flatten&, Layers&) {}
void simplify(const LayerNorm&, Layers&) {}

std::vector<Layers> simpler_lists(const Layers& layers);

void simplify(const Residual& residual, Layers& simpler) {
    for (const Layers& branch : simpler_lists(residual.branch))
        simpler.push_back(Residual{branch, residual.shortcut});
    for (const Layers& shortcut : simpler_lists(residual.shortcut))
        simpler.push_back(Residual{residual.branch, shortcut});
}

Layers with_replaced(const Layers& layers, std::size_t place, const Layers& replacement) {
    Layers result = layers;
    const auto at = result.erase(result.begin() + static_cast<std::ptrdiff_t>(place));
    result.insert(at, replacement.begin(), replacement.end());
    return result;
}

/// All lists that are one step simpler, the greatest steps first.
std::vector<Layers> simpler_lists(const Layers& layers) {
    std::vector<Layers> simpler;
    for (std::size_t i = 0; i < layers.size(); ++i) simpler.push_back(with_replaced(layers, i, {}));
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (const auto* residual = std::get_if<Residual>(&layers[i])) {
            Layers both = residual->branch;
            both.insert(both.end(), residual->shortcut.begin(), residual->shortcut.end());
            for (const Layers& instead : {residual->branch, residual->shortcut, both})
                simpler.push_back(with_replaced(layers, i, instead));
        }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        Layers simpler_layers;
        std::visit([&](const auto& layer) { simplify(layer, simpler_layers); }, layers[i]);
        for (const Layer& layer : simpler_layers)
            if (!(layer == layers[i])) simpler.push_back(with_replaced(layers, i, {layer}));
    }
    return simpler;
}

std::vector<NetworkExample> simpler_examples(const NetworkExample& example) {
    std::vector<NetworkExample> simpler;
    for (Layers& layers : simpler_lists(example.network.layers))
        simpler.push_back({{std::move(layers)}, example.shape});
    for (std::size_t axis = 0; axis < example.shape.size(); ++axis) {
        ImageShape fewer_axes = example.shape;
        fewer_axes.erase(fewer_axes.begin() + static_cast<std::ptrdiff_t>(axis));
        simpler.push_back({example.network, fewer_axes});
    }
    for (const ImageShape& shape : with_one_shorter(example.shape))
        simpler.push_back({example.network, shape});
    return simpler;
}

}  // namespace

NetworkExample shrunk(NetworkExample failing,
                      const std::function<bool(const NetworkExample&)>& fails) {
    for (;;) {
        std::vector<NetworkExample> simpler = simpler_examples(failing);
        const auto next = std::find_if(
            simpler.begin(), simpler.end(),
            [&](const NetworkExample& example) { return is_valid(example) && fails(example); });
        if (next == simpler.end()) return failing;
        failing = std::move(*next);
    }
}

}  // namespace sketchntk::testing
