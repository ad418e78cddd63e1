#include "kernels/slice_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

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

PixelExtent extent_of(const ImageShape& shape) {
    if (shape.empty()) return {};
    return {shape.size() == 2 ? shape.front() : 1, shape.back()};
}

PoolWindows pool_windows(const std::vector<WindowAxis>& axes) {
    return {axes.size() == 2 ? axes.front() : WindowAxis{1, 1, 1, 1, 0}, axes.back()};
}

SliceStage stage_from(const ImageShape& shape) {
    SliceStage stage;
    stage.input = stage.output = extent_of(shape);
    return stage;
}

std::vector<Index> all_within(Index pixels) {
    std::vector<Index> displacements;
    for (Index d = 1 - pixels; d < pixels; ++d) displacements.push_back(d);
    return displacements;
}

// Output displacement D of a pool takes s D + o' - o for each pair of offsets o and o'.
std::vector<Index> before_pool(const WindowAxis& pool, const std::vector<Index>& outputs) {
    std::set<Index> inputs;
    for (const Index output : outputs)
        for (Index e = 1 - pool.window; e < pool.window; ++e)
            inputs.insert(output * pool.stride + e);
    return {inputs.begin(), inputs.end()};
}

Displacements before_pool(const PoolWindows& pool, const Displacements& outputs) {
    return {before_pool(pool.rows, outputs.down), before_pool(pool.columns, outputs.across)};
}

Displacements of_input(const SliceStage& stage, Displacements behind_layers) {
    for (Index& d : behind_layers.down) d *= stage.row_step;
    for (Index& d : behind_layers.across) d *= stage.column_step;
    return behind_layers;
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
    const ImageShape last_shape = output_shape(layers, shape);  // refuses what cannot be
    const auto before = static_cast<std::size_t>(end - layers.begin());
    pools_globally = std::holds_alternative<GlobalAveragePool>(*end);
    stages.push_back(stage_from(shape));
    for (std::size_t i = 0; i < before; ++i)
        add_to_stages(layers[i], output_shape(layers.first(i), shape),
                      "network, layer " + std::to_string(i + 1));
    SliceStage rows;
    append_all(layers.subspan(before + 1), last_shape, "network", rows);
    on_rows = std::move(rows.layers);
}

void SlicePlan::refuse(const std::string& reason) {
    if (refusal.empty()) refusal = reason;
}

void SlicePlan::add_to_stages(const Layer& layer, const ImageShape& shape,
                              const std::string& here) {
    const auto* pool = std::get_if<AveragePool>(&layer);
    if (pool == nullptr) return append(layer, shape, here, stages.back());
    stages.back().pool =
        pool_windows(window_axes(here, shape, pool->window, pool->stride, Padding::valid));
    stages.push_back(stage_from(output_shape({&layer, 1}, shape, here)));
}

void SlicePlan::append_all(std::span<const Layer> layers, ImageShape shape,
                           const std::string& where, SliceStage& stage) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        append(layers[i], shape, where + ", layer " + std::to_string(i + 1), stage);
        shape = output_shape(layers.subspan(i, 1), shape, where);
    }
}

void SlicePlan::append(const Layer& layer, const ImageShape& shape, const std::string& here,
                       SliceStage& stage) {
    SliceLayer next;
    if (const auto* dense = std::get_if<Dense>(&layer)) {
        next = weights_of(*dense);
    } else if (const auto* conv = std::get_if<Convolution>(&layer)) {
        next = convolution(*conv, shape, here, stage);
    } else if (const auto* activation = std::get_if<Activation>(&layer)) {
        next.kind = SliceLayer::Kind::activation;
        next.dual = dual_activation(*activation);
        next.rectifier = dynamic_cast<const RectifierDual*>(next.dual.get());
    } else if (std::holds_alternative<LayerNorm>(layer)) {
        next.kind = SliceLayer::Kind::layer_norm;
    } else if (const auto* branches = std::get_if<Residual>(&layer)) {
        next = residual(*branches, shape, here, stage);
    } else {
        refuse(here + ": a pool in a residual mixes the displacements of one branch");
    }
    stage.output = extent_of(output_shape({&layer, 1}, shape, here));
    stage.layers.push_back(std::move(next));
}

SliceLayer SlicePlan::convolution(const Convolution& conv, const ImageShape& shape,
                                  const std::string& here, SliceStage& stage) {
    if (conv.padding == Padding::circular) refuse(here + ": circular padding wraps displacements");
    SliceLayer result = weights_of(conv);
    const PoolWindows axes =
        pool_windows(window_axes(here, shape, conv.filter, conv.stride, conv.padding));
    result.rows = axes.rows;
    result.columns = axes.columns;
    stage.row_step *= axes.rows.stride;
    stage.column_step *= axes.columns.stride;
    return result;
}

SliceLayer SlicePlan::residual(const Residual& layers, const ImageShape& shape,
                               const std::string& here, SliceStage& stage) {
    SliceStage branch = stage_from(shape), shortcut = stage_from(shape);
    append_all(layers.branch, shape, here + ", branch", branch);
    append_all(layers.shortcut, shape, here + ", shortcut", shortcut);
    if (branch.row_step != shortcut.row_step || branch.column_step != shortcut.column_step)
        refuse(here + ": branch and shortcut have other strides, and so other displacements");
    stage.row_step *= branch.row_step;
    stage.column_step *= branch.column_step;
    SliceLayer result;
    result.kind = SliceLayer::Kind::residual;
    result.branch = std::move(branch.layers);
    result.shortcut = std::move(shortcut.layers);
    return result;
}

std::vector<StageDisplacements> SlicePlan::wanted() const {
    if (!pools_globally) return wanted_by({{{0}, {0}}, {}}, stages.size());
    const PixelExtent last = stages.back().output;
    return wanted_by({{all_within(last.rows), all_within(last.columns)}, {}}, stages.size());
}

std::vector<StageDisplacements> SlicePlan::wanted_before(std::size_t stage) const {
    if (stage == 0) return {};
    const Displacements zero{{0}, {0}};
    return wanted_by({before_pool(*stages[stage - 1].pool, zero), zero}, stage);
}

std::vector<StageDisplacements> SlicePlan::wanted_by(StageDisplacements last,
                                                     std::size_t stage_count) const {
    std::vector<StageDisplacements> result(stage_count);
    result.back() = std::move(last);
    for (std::size_t s = stage_count - 1; s > 0; --s) {
        StageDisplacements& before = result[s - 1];
        before.behind_pool = of_input(stages[s], result[s].behind_layers);
        before.behind_layers = before_pool(*stages[s - 1].pool, before.behind_pool);
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
