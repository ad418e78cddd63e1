#pragma once

#include "kernels/layer_windows.hpp"

#include <sketchntk/features/feature_map.hpp>

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

/// A ReLU's kappa1 and kappa0, or what stands in their place.
struct ArcCosines {
    std::function<double(double)> kappa1;
    std::function<double(double)> kappa0;
    /// What `kappa1` is divided by between activations.
    double hidden_scale = 1;
};

/// The covariances S and T of all pairs of pixels of some images, layer by layer, written down as
/// the definition has it.
class PixelCovariances {
  public:
    PixelCovariances(const sketchntk::ImageShape& pixels, const sketchntk::Matrix<float>& images)
        : pixels_(pixels), images_(images.rows()) {
        const Index count = pixel_count(pixels);
        const Index channels = images.columns() / count;
        Eigen::MatrixXd rows(images_ * count, channels);
        for (Index i = 0; i < rows.size(); ++i)
            rows(i / channels, i % channels) = static_cast<double>(images.data()[i]);
        s_ = rows * rows.transpose() / static_cast<double>(channels);
        t_ = Eigen::MatrixXd::Zero(s_.rows(), s_.cols());
    }

    /// Images x images, behind layers that leave one pixel.
    [[nodiscard]] static sketchntk::Matrix<double> gram(
        const sketchntk::FeatureMapConfiguration& map, const sketchntk::Matrix<float>& images,
        const ArcCosines& curves) {
        PixelCovariances covariances(map.image, images);
        covariances.pass(map.network.layers, curves, false);
        const Eigen::MatrixXd& end =
            map.kind == sketchntk::KernelKind::ntk ? covariances.t_ : covariances.s_;
        sketchntk::Matrix<double> gram(images.rows(), images.rows());
        for (Index i = 0; i < end.size(); ++i) gram.data()[i] = end(i / end.cols(), i % end.cols());
        return gram;
    }

  private:
    using Index = sketchntk::Index;

    static bool has_activation(std::span<const sketchntk::Layer> layers) {
        return std::any_of(layers.begin(), layers.end(), [](const auto& layer) {
            return std::holds_alternative<sketchntk::Activation>(layer);
        });
    }

    void pass(std::span<const sketchntk::Layer> layers, const ArcCosines& curves, bool behind) {
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const bool hidden = behind || has_activation(layers.subspan(i + 1));
            std::visit([&](const auto& layer) { pass(layer, curves, hidden); }, layers[i]);
        }
    }

    // Means over the windows' pixels, the same ones of both images or all pairs.
    void average(const sketchntk::ImageShape& pixels, const sketchntk::LayerWindows& windows,
                 bool same) {
        const Index before = pixel_count(pixels_);
        const auto after = static_cast<Index>(windows.size());
        const auto size = static_cast<Index>(windows.front().size());
        const double weight = 1 / static_cast<double>(same ? size : size * size);
        const auto mean = [&](Eigen::MatrixXd& matrix) {
            Eigen::MatrixXd result = Eigen::MatrixXd::Zero(images_ * after, images_ * after);
            for (Index i = 0; i < result.rows(); ++i)
                for (Index j = 0; j < result.cols(); ++j)
                    for (Index a = 0; a < size; ++a)
                        for (Index b = same ? a : 0; b < (same ? a + 1 : size); ++b) {
                            const Index p = window(windows, i % after, a);
                            const Index q = window(windows, j % after, b);
                            if (p < 0 || q < 0) continue;
                            result(i, j) +=
                                weight * matrix(i / after * before + p, j / after * before + q);
                        }
            matrix = std::move(result);
        };
        mean(s_);
        mean(t_);
        pixels_ = pixels;
    }

    static Index window(const sketchntk::LayerWindows& windows, Index pixel, Index offset) {
        return windows[static_cast<std::size_t>(pixel)][static_cast<std::size_t>(offset)];
    }

    template <typename Weights>
    void multiply(const Weights& layer) {
        const double w = layer.w_std * layer.w_std;
        s_ = (w * s_).array() + layer.b_std * layer.b_std;
        t_ *= w;
        if (layer.trained) t_ += s_;
    }

    void pass(const sketchntk::Dense& layer, const ArcCosines&, bool) { multiply(layer); }

    void pass(const sketchntk::Convolution& layer, const ArcCosines&, bool) {
        average(outputs(layer.filter, layer.stride, layer.padding),
                layer_windows("test", layer, pixels_), true);
        multiply(layer);
    }

    void pass(const sketchntk::AveragePool& layer, const ArcCosines&, bool) {
        average(outputs(layer.window, layer.stride, sketchntk::Padding::valid),
                layer_windows("test", layer, pixels_), false);
    }

    [[nodiscard]] sketchntk::ImageShape outputs(const sketchntk::Extent& size,
                                                const sketchntk::Extent& stride,
                                                sketchntk::Padding padding) const {
        sketchntk::ImageShape shape;
        for (const auto& axis : window_axes("test", pixels_, size, stride, padding))
            shape.push_back(axis.outputs);
        return shape;
    }

    [[nodiscard]] sketchntk::LayerWindows whole() const {
        sketchntk::LayerWindows windows(1);
        for (Index i = 0; i < pixel_count(pixels_); ++i) windows[0].push_back(i);
        return windows;
    }

    void pass(const sketchntk::GlobalAveragePool&, const ArcCosines&, bool) {
        average({}, whole(), false);
    }

    void pass(const sketchntk::Flatten&, const ArcCosines&, bool) { average({}, whole(), true); }

    void pass(const sketchntk::Activation&, const ArcCosines& curves, bool hidden) {
        const Eigen::VectorXd lengths = s_.diagonal().cwiseSqrt();
        const double scale = 2 * (hidden ? curves.hidden_scale : 1);
        for (Index i = 0; i < s_.rows(); ++i)
            for (Index j = 0; j < s_.cols(); ++j) {
                const double both = lengths(i) * lengths(j);
                const double u = both > 0 ? std::clamp(s_(i, j) / both, -1.0, 1.0) : 0;
                s_(i, j) = both / scale * curves.kappa1(u);
                t_(i, j) *= both > 0 ? curves.kappa0(u) / 2 : 0;
            }
    }

    void pass(const sketchntk::Residual& layer, const ArcCosines& curves, bool hidden) {
        PixelCovariances shortcut = *this;
        shortcut.pass(layer.shortcut, curves, hidden);
        pass(layer.branch, curves, hidden);
        s_ += shortcut.s_;
        t_ += shortcut.t_;
    }

    void pass(const sketchntk::LayerNorm&, const ArcCosines&, bool) {}

    sketchntk::ImageShape pixels_;
    Index images_;
    Eigen::MatrixXd s_;
    Eigen::MatrixXd t_;
};
