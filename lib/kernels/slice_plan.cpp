#include "kernels/slice_plan.hpp"

#include <algorithm>

namespace sketchntk {

namespace {

template <typename L>
SliceLayer weights_of(const L& layer) {
    SliceLayer result;
    result.w_std = layer.w_std;
    result.b_std = layer.b_std;
    result.trained = layer.trained;
    return result;
}

bool ends_pixels(const Layer& layer) {
    return std::holds_alternative<GlobalAveragePool>(layer) ||
           std::holds_alternative<Flatten>(layer);
}

}  // namespace

SlicePlan::SlicePlan(const Network& network, const ImageShape& shape) {
    const std::span<const Layer> layers(network.layers);
    if (shape.empty() || shape.size() > 2) {
        refuse("images have " + std::to_string(shape.size()) + " axes, not 1 or 2");
        return;
    }
    const auto end = std::find_if(layers.begin(), layers.end(), ends_pixels);
    if (end == layers.end()) {
        refuse("no global average pool or flatten after the layers on pixels");
        return;
    }
    const auto before = static_cast<std::size_t>(end - layers.begin());
    pools_globally = std::holds_alternative<GlobalAveragePool>(*end);
    on_pixels = layers_from(layers.first(before), shape, "network");
    if (refusal.empty()) last_image = output_shape(layers.first(before), shape);
    on_rows = layers_from(layers.subspan(before + 1), {}, "network");
}

void SlicePlan::refuse(const std::string& reason) {
    if (refusal.empty()) refusal = reason;
}

std::vector<SliceLayer> SlicePlan::layers_from(std::span<const Layer> layers, ImageShape shape,
                                               const std::string& where) {
    std::vector<SliceLayer> result;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string here = where + ", layer " + std::to_string(i + 1);
        SliceLayer next;
        if (const auto* dense = std::get_if<Dense>(&layers[i])) {
            next = weights_of(*dense);
        } else if (const auto* conv = std::get_if<Convolution>(&layers[i])) {
            next = weights_of(*conv);
            next.padded = conv->padding == Padding::same;
            const auto axes = window_axes(here, shape, conv->filter, conv->stride, conv->padding);
            next.columns = axes.back();
            if (axes.size() == 2) next.rows = axes.front();
            const Index behind = next.columns.window - 1 - next.columns.before;
            reach = std::max({reach, next.columns.before, behind});
            if (conv->padding == Padding::circular)
                refuse(here + ": circular padding wraps displacements");
            if (std::any_of(axes.begin(), axes.end(),
                            [](const WindowAxis& axis) { return axis.stride > 1; }))
                refuse(here + ": a stride mixes displacements");
        } else if (const auto* activation = std::get_if<Activation>(&layers[i])) {
            next.kind = SliceLayer::Kind::activation;
            next.dual = dual_activation(*activation);
            next.rectifier = dynamic_cast<const RectifierDual*>(next.dual.get());
        } else if (std::holds_alternative<LayerNorm>(layers[i])) {
            next.kind = SliceLayer::Kind::layer_norm;
        } else if (const auto* residual = std::get_if<Residual>(&layers[i])) {
            next.kind = SliceLayer::Kind::residual;
            next.branch = layers_from(residual->branch, shape, here + ", branch");
            next.shortcut = layers_from(residual->shortcut, shape, here + ", shortcut");
        } else {
            refuse(here + ": a pool before the end mixes displacements");
        }
        if (!refusal.empty()) return {};
        shape = output_shape(layers.subspan(i, 1), shape, where);
        result.push_back(std::move(next));
    }
    return result;
}

bool meets_activations(const std::vector<SliceLayer>& layers) {
    return std::any_of(layers.begin(), layers.end(), [](const SliceLayer& layer) {
        return layer.kind == SliceLayer::Kind::activation ||
               layer.kind == SliceLayer::Kind::layer_norm || meets_activations(layer.branch) ||
               meets_activations(layer.shortcut);
    });
}

}  // namespace sketchntk
