#include "kernels/slice_passes.hpp"

#include <sketchntk/kernels/image_memory.hpp>

#include <algorithm>
#include <span>

namespace sketchntk {

namespace {

// A rectifier needs two, the deviation and its inverse; others a variance.
Index maps_of_layers(std::span<const Layer> layers) {
    Index count = 0;
    for (const Layer& layer : layers) {
        if (std::holds_alternative<Activation>(layer)) count += 2;
        if (std::holds_alternative<LayerNorm>(layer)) ++count;
        if (const auto* residual = std::get_if<Residual>(&layer))
            count += maps_of_layers(residual->branch) + maps_of_layers(residual->shortcut);
    }
    return count;
}

bool flattens(const Layer& layer) {
    return std::holds_alternative<Flatten>(layer);
}

Index residual_depth(std::span<const Layer> layers) {
    Index depth = 0;
    for (const Layer& layer : layers)
        if (const auto* residual = std::get_if<Residual>(&layer))
            depth = std::max({depth, 1 + residual_depth(residual->branch),
                              1 + residual_depth(residual->shortcut)});
    return depth;
}

}  // namespace

std::int64_t image_kernel_bytes(const Network& network, const ImageShape& shape, Index channels,
                                Index images, Index scalar_bytes) {
    // Networks that flatten keep each image twice, in its group and alone.
    const Index copies = std::ranges::any_of(network.layers, flattens) ? 2 : 1;
    return copies * images * pixel_count(shape) * (channels + maps_of_layers(network.layers)) *
           scalar_bytes;
}

std::int64_t displacement_thread_bytes(const Network& network, const ImageShape& shape) {
    const SlicePlan plan(network, shape);
    const std::vector<StageDisplacements> wanted = plan.wanted();
    // In float64 as much, in half as many lanes.
    const Index bytes = SlicePasses<float>(plan, wanted, true, {}).bytes_an_image();
    return images_at_once(bytes) * bytes;
}

std::int64_t tensor_pair_bytes(const Network& network, const ImageShape& shape) {
    const Index pixels = pixel_count(shape);
    const Index matrices = 3 + 2 * residual_depth(network.layers);
    return matrices * pixels * pixels * static_cast<Index>(sizeof(double));
}

}  // namespace sketchntk
