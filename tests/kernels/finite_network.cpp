#include "kernels/finite_network.hpp"

#include "core/eigen.hpp"
#include "kernels/pixel_windows.hpp"

#include <sketchntk/kernels/activation.hpp>

#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

namespace sketchntk::testing {

namespace {

/// A row for each pixel of each image, image after image; columns are channels.
using PixelRows = RowMajor<double>;
/// From the gradient with respect to what a layer gives to that with respect to what it gets.
using PullBack = std::function<PixelRows(const PixelRows&)>;
using PixelWindows = std::vector<std::vector<Index>>;

/// What layers give.
struct Outcome {
    PixelRows values;
    ImageShape shape;
    PullBack pull_back;
};

/// A trained layer: what its weights see and the gradients of what they give.
struct TrainedLayer {
    PixelRows inputs;
    PixelRows gradients;
    double weight_variance;  ///< w_std^2 / fan in
    double bias_variance;
};

PixelWindows window_of_all(const ImageShape& shape) {
    std::vector<Index> all(static_cast<std::size_t>(pixel_count(shape)));
    std::iota(all.begin(), all.end(), Index{0});
    return {all};
}

class FiniteNetwork {
  public:
    FiniteNetwork(Index images, Index width, std::mt19937_64& generator)
        : images_(images), width_(width), generator_(&generator) {}

    Outcome run(const std::vector<Layer>& layers, PixelRows values, ImageShape shape) {
        std::vector<PullBack> steps;
        for (const Layer& layer : layers) {
            Outcome next =
                std::visit([&](const auto& kind) { return apply(kind, values, shape); }, layer);
            values = std::move(next.values);
            shape = std::move(next.shape);
            steps.push_back(std::move(next.pull_back));
        }
        return {values, shape, [steps](PixelRows gradients) {
                    for (auto step = steps.rbegin(); step != steps.rend(); ++step)
                        gradients = (*step)(gradients);
                    return gradients;
                }};
    }

    /// Their gradients are there after the pull-back.
    [[nodiscard]] const std::vector<TrainedLayer>& trained() const { return trained_; }

  private:
    PixelRows normal_numbers(Index rows, Index columns) {
        return PixelRows::NullaryExpr(rows, columns, [this] { return normal_(*generator_); });
    }

    Outcome weigh(const PixelRows& inputs, const ImageShape& shape, double w_std, double b_std,
                  bool is_trained) {
        const double scale = w_std / std::sqrt(static_cast<double>(inputs.cols()));
        const PixelRows weights = scale * normal_numbers(inputs.cols(), width_);
        const PixelRows biases = b_std * normal_numbers(1, width_);
        const std::size_t number = trained_.size();
        if (is_trained) trained_.push_back({inputs, {}, scale * scale, b_std * b_std});
        PixelRows values = (inputs * weights).rowwise() + biases.row(0);
        return {values, shape, [this, weights, number, is_trained](const PixelRows& gradients) {
                    if (is_trained) trained_[number].gradients = gradients;
                    return PixelRows(gradients * weights.transpose());
                }};
    }

    /// The channels of all pixels of a window side by side; zeros beyond the edge.
    Outcome gather(const PixelWindows& windows, const PixelRows& values, const ImageShape& to) {
        const auto outputs = static_cast<Index>(windows.size());
        const Index pixels = values.rows() / images_, channels = values.cols();
        const auto for_each_pixel = [=, this](const auto& action) {
            for (Index row = 0; row < images_ * outputs; ++row) {
                const auto& window = windows[static_cast<std::size_t>(row % outputs)];
                for (std::size_t a = 0; a < window.size(); ++a)
                    if (window[a] >= 0)
                        action(row, static_cast<Index>(a) * channels,
                               row / outputs * pixels + window[a]);
            }
        };
        PixelRows gathered = PixelRows::Zero(images_ * outputs,
                                             static_cast<Index>(windows.front().size()) * channels);
        for_each_pixel([&](Index row, Index column, Index from) {
            gathered.row(row).segment(column, channels) = values.row(from);
        });
        const Index rows = values.rows();
        return {gathered, to, [=](const PixelRows& gradients) {
                    PixelRows result = PixelRows::Zero(rows, channels);
                    for_each_pixel([&](Index row, Index column, Index from) {
                        result.row(from) += gradients.row(row).segment(column, channels);
                    });
                    return result;
                }};
    }

    Outcome apply(const Dense& dense, const PixelRows& values, const ImageShape& shape) {
        return weigh(values, shape, dense.w_std, dense.b_std, dense.trained);
    }

    Outcome apply(const Convolution& conv, const PixelRows& values, const ImageShape& shape) {
        const Outcome patches =
            gather(pixel_windows(shape, conv.filter, conv.stride, conv.padding), values,
                   windowed_shape(shape, conv.filter, conv.stride, conv.padding));
        Outcome result = weigh(patches.values, patches.shape, conv.w_std, conv.b_std, conv.trained);
        result.pull_back = [first = patches.pull_back, second = result.pull_back](
                               const PixelRows& gradients) { return first(second(gradients)); };
        return result;
    }

    /// The mean over each window: a sum over its pixels, channel by channel, of what is gathered.
    Outcome average(const PixelWindows& windows, const PixelRows& values, const ImageShape& to) {
        const Outcome patches = gather(windows, values, to);
        const Index channels = values.cols();
        const auto size = static_cast<Index>(windows.front().size());
        PixelRows means = PixelRows::Zero(patches.values.rows(), channels);
        for (Index a = 0; a < size; ++a)
            means += patches.values.middleCols(a * channels, channels) / static_cast<double>(size);
        return {means, to, [=, spread = patches.pull_back](const PixelRows& gradients) {
                    return spread(gradients.replicate(1, size) / static_cast<double>(size));
                }};
    }

    Outcome apply(const AveragePool& pool, const PixelRows& values, const ImageShape& shape) {
        return average(pixel_windows(shape, pool.window, pool.stride, Padding::valid), values,
                       windowed_shape(shape, pool.window, pool.stride, Padding::valid));
    }

    Outcome apply(const GlobalAveragePool&, const PixelRows& values, const ImageShape& shape) {
        return average(window_of_all(shape), values, {});
    }

    Outcome apply(const Flatten&, const PixelRows& values, const ImageShape& shape) {
        return gather(window_of_all(shape), values, {});
    }

    Outcome apply(const Activation& activation, const PixelRows& values, const ImageShape& shape) {
        const ScalarFunction function = scalar_function(activation);
        const PixelRows slopes = values.unaryExpr(function.derivative);
        return {values.unaryExpr(function.value), shape, [slopes](const PixelRows& gradients) {
                    return PixelRows(gradients.cwiseProduct(slopes));
                }};
    }

    /// u = (z - mean z) / deviation of z over the channels; the gradient g becomes
    /// (g - mean g - u mean(g u)) / deviation.
    Outcome apply(const LayerNorm&, const PixelRows& values, const ImageShape& shape) {
        const PixelRows centred = values.colwise() - values.rowwise().mean();
        const Eigen::VectorXd inverse_deviations =
            centred.array().square().rowwise().mean().rsqrt().matrix();
        const PixelRows normalised = inverse_deviations.asDiagonal() * centred;
        return {normalised, shape, [=](const PixelRows& gradients) {
                    PixelRows result = gradients.colwise() - gradients.rowwise().mean();
                    const Eigen::VectorXd along =
                        gradients.cwiseProduct(normalised).rowwise().mean();
                    result -= along.asDiagonal() * normalised;
                    return PixelRows(inverse_deviations.asDiagonal() * result);
                }};
    }

    Outcome apply(const Residual& residual, const PixelRows& values, const ImageShape& shape) {
        const Outcome branch = run(residual.branch, values, shape);
        const Outcome shortcut = run(residual.shortcut, values, shape);
        return {branch.values + shortcut.values, branch.shape,
                [first = branch.pull_back, second = shortcut.pull_back](const PixelRows& g) {
                    return PixelRows(first(g) + second(g));
                }};
    }

    Index images_;
    Index width_;
    std::mt19937_64* generator_;
    std::normal_distribution<double> normal_;
    std::vector<TrainedLayer> trained_;
};

/// <df/dW(x), df/dW(y)>, where df/dW is the sum over an image's pixels of input times gradient.
void add_gradient_products(const TrainedLayer& layer, Matrix<double>& ntk) {
    const PixelRows input_products = layer.inputs * layer.inputs.transpose();
    const PixelRows gradient_products = layer.gradients * layer.gradients.transpose();
    const PixelRows of_pixels =
        gradient_products.array() *
        (layer.weight_variance * input_products.array() + layer.bias_variance);
    const Index pixels = of_pixels.rows() / ntk.rows();
    for (Index i = 0; i < ntk.rows(); ++i)
        for (Index j = 0; j < ntk.columns(); ++j)
            ntk(i, j) += of_pixels.block(i * pixels, j * pixels, pixels, pixels).sum();
}

}  // namespace

ReferenceKernels finite_kernels(const Network& network, const ImageShape& shape,
                                const Matrix<double>& images, Index width,
                                std::mt19937_64& generator) {
    const Index count = images.rows();
    FiniteNetwork finite(count, width, generator);
    const Index pixels = count * pixel_count(shape);
    const Outcome outcome =
        finite.run(network.layers,
                   Eigen::Map<const PixelRows>(images.data(), pixels,
                                               images.rows() * images.columns() / pixels),
                   shape);
    PixelRows first_output = PixelRows::Zero(count, outcome.values.cols());
    first_output.col(0).setOnes();
    static_cast<void>(outcome.pull_back(first_output));

    ReferenceKernels kernels{Matrix<double>(count, count), Matrix<double>(count, count)};
    as_eigen(kernels.nngp) =
        outcome.values * outcome.values.transpose() / static_cast<double>(outcome.values.cols());
    for (const TrainedLayer& layer : finite.trained()) add_gradient_products(layer, kernels.ntk);
    return kernels;
}

}  // namespace sketchntk::testing
