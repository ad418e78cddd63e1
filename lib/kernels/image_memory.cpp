#include <sketchntk/kernels/image_memory.hpp>

#include <algorithm>
#include <span>

namespace sketchntk {

namespace {

Index layers_with_variances(std::span<const Layer> layers) {
    Index count = 0;
    for (const Layer& layer : layers) {
        if (std::holds_alternative<Activation>(layer) || std::holds_alternative<LayerNorm>(layer))
            ++count;
        if (const auto* residual = std::get_if<Residual>(&layer))
            count +=
                layers_with_variances(residual->branch) + layers_with_variances(residual->shortcut);
    }
    return count;
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
    return images * pixel_count(shape) * (channels + layers_with_variances(network.layers)) *
           scalar_bytes;
}

std::int64_t tensor_pair_bytes(const Network& network, const ImageShape& shape) {
    const Index pixels = pixel_count(shape);
    const Index matrices = 3 + 2 * residual_depth(network.layers);
    return matrices * pixels * pixels * static_cast<Index>(sizeof(double));
}

}  // namespace sketchntk
