#include "kernels/reference_kernel.hpp"

#include "kernels/pixel_windows.hpp"

#include <sketchntk/kernels/dual_activation.hpp>

#include <cmath>

namespace sketchntk::testing {

namespace {

/// One number for each pixel of a first and each pixel of a second image.
struct PixelPairs {
    Index pixels = 0;
    std::vector<double> values;

    PixelPairs(Index count, double value)
        : pixels(count), values(static_cast<std::size_t>(count * count), value) {}
    double& operator()(Index i, Index j) {
        return values[static_cast<std::size_t>(i * pixels + j)];
    }
    double operator()(Index i, Index j) const {
        return values[static_cast<std::size_t>(i * pixels + j)];
    }
};

/// What the recursion carries for a pair of images.
struct PairState {
    ImageShape shape;
    PixelPairs xx, xy, yy;  ///< covariances
    PixelPairs tangent;     ///< inner products of gradients, x with y
};

using Tensors = PixelPairs PairState::*;
constexpr Tensors covariances[] = {&PairState::xx, &PairState::xy, &PairState::yy};
constexpr Tensors all_tensors[] = {&PairState::xx, &PairState::xy, &PairState::yy,
                                   &PairState::tangent};

void apply_layers(const std::vector<Layer>& layers, PairState& state);

// Weights w / sqrt(fan in) and biases b: S <- w^2 S + b^2, T <- w^2 T + S of a trained layer.
void multiply_by_weights(double w_std, double b_std, bool trained, PairState& state) {
    for (const Tensors tensor : all_tensors)
        for (double& value : (state.*tensor).values) value *= w_std * w_std;
    for (const Tensors tensor : covariances)
        for (double& value : (state.*tensor).values) value += b_std * b_std;
    if (!trained) return;
    for (std::size_t k = 0; k < state.tangent.values.size(); ++k)
        state.tangent.values[k] += state.xy.values[k];
}

void apply_layer(const Dense& dense, PairState& state) {
    multiply_by_weights(dense.w_std, dense.b_std, dense.trained, state);
}

// A weight meets the same offset of the window in both images.
void apply_layer(const Convolution& conv, PairState& state) {
    const auto windows = pixel_windows(state.shape, conv.filter, conv.stride, conv.padding);
    const auto outputs = static_cast<Index>(windows.size());
    const std::size_t offsets = windows[0].size();
    for (const Tensors tensor : all_tensors) {
        PixelPairs result(outputs, 0);
        for (Index i = 0; i < outputs; ++i)
            for (Index j = 0; j < outputs; ++j) {
                for (std::size_t a = 0; a < offsets; ++a) {
                    const Index first = windows[static_cast<std::size_t>(i)][a];
                    const Index second = windows[static_cast<std::size_t>(j)][a];
                    if (first >= 0 && second >= 0) result(i, j) += (state.*tensor)(first, second);
                }
                result(i, j) /= static_cast<double>(offsets);
            }
        state.*tensor = result;
    }
    state.shape = windowed_shape(state.shape, conv.filter, conv.stride, conv.padding);
    multiply_by_weights(conv.w_std, conv.b_std, conv.trained, state);
}

void apply_layer(const AveragePool& pool, PairState& state) {
    const auto windows = pixel_windows(state.shape, pool.window, pool.stride, Padding::valid);
    const auto outputs = static_cast<Index>(windows.size());
    const auto size = static_cast<double>(windows[0].size());
    for (const Tensors tensor : all_tensors) {
        PixelPairs result(outputs, 0);
        for (Index i = 0; i < outputs; ++i)
            for (Index j = 0; j < outputs; ++j)
                for (const Index first : windows[static_cast<std::size_t>(i)])
                    for (const Index second : windows[static_cast<std::size_t>(j)])
                        result(i, j) += (state.*tensor)(first, second) / (size * size);
        state.*tensor = result;
    }
    state.shape = windowed_shape(state.shape, pool.window, pool.stride, Padding::valid);
}

void apply_layer(const GlobalAveragePool&, PairState& state) {
    for (const Tensors tensor : all_tensors) {
        PixelPairs result(1, 0);
        const std::vector<double>& values = (state.*tensor).values;
        for (const double value : values)
            result(0, 0) += value / static_cast<double>(values.size());
        state.*tensor = result;
    }
    state.shape = {};
}

void apply_layer(const Flatten&, PairState& state) {
    for (const Tensors tensor : all_tensors) {
        PixelPairs result(1, 0);
        const Index pixels = (state.*tensor).pixels;
        for (Index i = 0; i < pixels; ++i)
            result(0, 0) += (state.*tensor)(i, i) / static_cast<double>(pixels);
        state.*tensor = result;
    }
    state.shape = {};
}

double normalised(double value, double left_variance, double right_variance) {
    const double product = left_variance * right_variance;
    return product > 0 ? value / std::sqrt(product) : 0;
}

void apply_layer(const LayerNorm&, PairState& state) {
    const PairState before = state;
    for (Index i = 0; i < before.xy.pixels; ++i)
        for (Index j = 0; j < before.xy.pixels; ++j) {
            const double x_i = before.xx(i, i), x_j = before.xx(j, j);
            const double y_i = before.yy(i, i), y_j = before.yy(j, j);
            state.xx(i, j) = normalised(before.xx(i, j), x_i, x_j);
            state.yy(i, j) = normalised(before.yy(i, j), y_i, y_j);
            state.xy(i, j) = normalised(before.xy(i, j), x_i, y_j);
            state.tangent(i, j) = normalised(before.tangent(i, j), x_i, y_j);
        }
}

struct DualValues {
    double value;
    double derivative;
};

DualValues dual_values(const DualActivation& dual, double left, double right, double covariance) {
    DualValues result{covariance, 0};
    dual.apply(&left, 1, &right, &result.value, &result.derivative, 1);
    return result;
}

void apply_layer(const Activation& activation, PairState& state) {
    const auto dual = dual_activation(activation);
    const PairState before = state;
    for (Index i = 0; i < before.xy.pixels; ++i)
        for (Index j = 0; j < before.xy.pixels; ++j) {
            const double x_i = before.xx(i, i), x_j = before.xx(j, j);
            const double y_i = before.yy(i, i), y_j = before.yy(j, j);
            state.xx(i, j) = dual_values(*dual, x_i, x_j, before.xx(i, j)).value;
            state.yy(i, j) = dual_values(*dual, y_i, y_j, before.yy(i, j)).value;
            const DualValues across = dual_values(*dual, x_i, y_j, before.xy(i, j));
            state.xy(i, j) = across.value;
            state.tangent(i, j) *= across.derivative;
        }
}

void apply_layer(const Residual& residual, PairState& state) {
    PairState shortcut = state;
    apply_layers(residual.branch, state);
    apply_layers(residual.shortcut, shortcut);
    for (const Tensors tensor : all_tensors)
        for (std::size_t k = 0; k < (state.*tensor).values.size(); ++k)
            (state.*tensor).values[k] += (shortcut.*tensor).values[k];
}

void apply_layers(const std::vector<Layer>& layers, PairState& state) {
    for (const Layer& layer : layers)
        std::visit([&](const auto& kind) { apply_layer(kind, state); }, layer);
}

PixelPairs inner_products(std::span<const double> x, std::span<const double> y, Index pixels) {
    const Index channels = static_cast<Index>(x.size()) / pixels;
    PixelPairs result(pixels, 0);
    for (Index i = 0; i < pixels; ++i)
        for (Index j = 0; j < pixels; ++j)
            for (Index c = 0; c < channels; ++c)
                result(i, j) += x[static_cast<std::size_t>(i * channels + c)] *
                                y[static_cast<std::size_t>(j * channels + c)] /
                                static_cast<double>(channels);
    return result;
}

}  // namespace

ReferenceKernels reference_kernels(const Network& network, const ImageShape& shape,
                                   const Matrix<double>& images) {
    const Index pixels = pixel_count(shape);
    ReferenceKernels kernels{Matrix<double>(images.rows(), images.rows()),
                             Matrix<double>(images.rows(), images.rows())};
    for (Index a = 0; a < images.rows(); ++a)
        for (Index b = 0; b < images.rows(); ++b) {
            const auto x = images.row(a), y = images.row(b);
            PairState state{shape, inner_products(x, x, pixels), inner_products(x, y, pixels),
                            inner_products(y, y, pixels), PixelPairs(pixels, 0)};
            apply_layers(network.layers, state);
            kernels.nngp(a, b) = state.xy(0, 0);
            kernels.ntk(a, b) = state.tangent(0, 0);
        }
    return kernels;
}

}  // namespace sketchntk::testing
