#include "features/pixel_pool.hpp"

#include "core/dispatch.hpp"

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

SKETCHNTK_VECTOR_DISPATCH
void add_scaled(const float* in, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += scale * in[k];
}

void pool(const Matrix<float>& in, const PixelPooling& pooling, Matrix<float>& out) {
    std::fill_n(out.data(), out.rows() * out.columns(), 0.0F);
    pooling.add(in.view(), 0, out);
}

void flatten(const Matrix<float>& in, Matrix<float>& out) {
    const float scale = 1 / std::sqrt(static_cast<float>(in.rows()));
    std::transform(in.data(), in.data() + in.rows() * in.columns(), out.data(),
                   [scale](float entry) { return scale * entry; });
}

PixelShape with_pixels(PixelShape shape, ImageShape pixels) {
    shape.pixels = std::move(pixels);
    return shape;
}

}  // namespace

PixelPooling PixelPooling::none(const ImageShape& shape) {
    PixelPooling pooling{.pixels = shape, .outputs = {}};
    for (Index i = 0; i < pixel_count(shape); ++i) pooling.outputs.push_back({i});
    return pooling;
}

PixelPooling PixelPooling::of(const std::string& where, const AveragePool& pool,
                              const ImageShape& shape) {
    PixelPooling pooling;
    for (const WindowAxis& axis :
         window_axes(where, shape, pool.window, pool.stride, Padding::valid))
        pooling.pixels.push_back(axis.outputs);
    const LayerWindows windows = layer_windows(where, pool, shape);
    pooling.outputs.resize(static_cast<std::size_t>(pixel_count(shape)));
    for (std::size_t window = 0; window < windows.size(); ++window)
        for (const Index pixel : windows[window])
            pooling.outputs[static_cast<std::size_t>(pixel)].push_back(static_cast<Index>(window));
    pooling.weight = 1 / static_cast<float>(windows.front().size());
    return pooling;
}

PixelPooling PixelPooling::global(const ImageShape& shape) {
    const Index pixels = pixel_count(shape);
    return {.pixels = {},
            .outputs = std::vector<std::vector<Index>>(static_cast<std::size_t>(pixels), {0}),
            .weight = 1 / static_cast<float>(pixels)};
}

void PixelPooling::add(MatrixView<const float> rows, Index first, Matrix<float>& means) const {
    for (Index i = 0; i < rows.rows(); ++i)
        for (const Index window : outputs[static_cast<std::size_t>(first + i)])
            add_scaled(rows.row(i).data(), weight, means.row(window).data(), rows.columns());
}

PixelPool::PixelPool(const PixelShape& input, PixelPooling pooling)
    : PixelStep(with_pixels(input, pooling.pixels)), pooling_(std::move(pooling)) {}

void PixelPool::apply(const PixelFeatures& in, StepMemory& memory) const {
    pool(in.phi, pooling_, memory.output.phi);
    pool(in.psi, pooling_, memory.output.psi);
}

double PixelPool::flops() const {
    double sum = 0;
    for (const auto& windows : pooling_.outputs) sum += static_cast<double>(windows.size());
    return 2 * sum * static_cast<double>(output().phi + output().psi);
}

PixelFlatten::PixelFlatten(const PixelShape& input)
    : PixelStep({{}, input.count() * input.phi, input.count() * input.psi}) {}

void PixelFlatten::apply(const PixelFeatures& in, StepMemory& memory) const {
    flatten(in.phi, memory.output.phi);
    flatten(in.psi, memory.output.psi);
}

double PixelFlatten::flops() const {
    return static_cast<double>(output().entries());
}

}  // namespace sketchntk
