#include "core/eigen.hpp"
#include "core/finite.hpp"
#include "kernels/image_network.hpp"
#include "kernels/layer_windows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/dual_activation.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace sketchntk {

namespace {

/// A layer with what it needs to be applied to images of a known shape.
struct PreparedLayer {
    const Layer* layer = nullptr;
    ImageShape input;
    std::unique_ptr<const DualActivation> dual;  ///< of activations
    LayerWindows windows;                        ///< of convolutions and pools
    std::vector<PreparedLayer> branch;
    std::vector<PreparedLayer> shortcut;
};

std::vector<PreparedLayer> prepared(std::span<const Layer> layers, ImageShape shape,
                                    const std::string& where) {
    std::vector<PreparedLayer> result;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string here = where + ", layer " + std::to_string(i + 1);
        PreparedLayer next;
        next.layer = &layers[i];
        next.input = shape;
        shape = output_shape(layers.subspan(i, 1), shape, where);
        if (const auto* activation = std::get_if<Activation>(next.layer)) {
            next.dual = dual_activation(*activation);
        } else if (const auto* conv = std::get_if<Convolution>(next.layer)) {
            next.windows = layer_windows(here, *conv, next.input);
        } else if (const auto* pool = std::get_if<AveragePool>(next.layer)) {
            next.windows = layer_windows(here, *pool, next.input);
        } else if (const auto* residual = std::get_if<Residual>(next.layer)) {
            next.branch = prepared(residual->branch, next.input, here + ", branch");
            next.shortcut = prepared(residual->shortcut, next.input, here + ", shortcut");
        }
        result.push_back(std::move(next));
    }
    return result;
}

/// The variances of an image's pixels before each activation and layer norm, in the order in which
/// the network meets them.
using Variances = std::vector<std::vector<double>>;

/// S and T of a pair of images.
struct PairCovariances {
    Matrix<double> nngp;
    Matrix<double> ntk;
};

/// Takes a pair of images through the layers.
class PairRecursion {
  public:
    PairRecursion(bool tangent, const Variances& left, const Variances& right)
        : tangent_(tangent), left_(&left), right_(&right) {}
    /// Of an image with itself: records the variances on the way.
    PairRecursion(bool tangent, Variances& recorded)
        : tangent_(tangent), left_(&recorded), right_(&recorded), recorded_(&recorded) {}

    void apply(const std::vector<PreparedLayer>& layers, PairCovariances& pair) {
        for (const PreparedLayer& layer : layers)
            std::visit([&](const auto& kind) { apply(layer, kind, pair); }, *layer.layer);
    }

  private:
    template <typename Function>
    void for_both(PairCovariances& pair, const Function& function) const {
        function(pair.nngp);
        if (tangent_) function(pair.ntk);
    }

    void pass_weights(double w_std, double b_std, bool trained, PairCovariances& pair) const {
        for_both(pair, [&](Matrix<double>& m) { as_eigen(m) *= w_std * w_std; });
        as_eigen(pair.nngp).array() += b_std * b_std;
        if (tangent_ && trained) as_eigen(pair.ntk) += as_eigen(pair.nngp);
    }

    void apply(const PreparedLayer&, const Dense& dense, PairCovariances& pair) {
        pass_weights(dense.w_std, dense.b_std, dense.trained, pair);
    }

    void apply(const PreparedLayer& layer, const Convolution& conv, PairCovariances& pair) {
        for_both(pair, [&](Matrix<double>& m) { m = means_of_same_offsets(layer.windows, m); });
        pass_weights(conv.w_std, conv.b_std, conv.trained, pair);
    }

    void apply(const PreparedLayer& layer, const AveragePool&, PairCovariances& pair) {
        for_both(pair, [&](Matrix<double>& m) { m = means_of_all_pairs(layer.windows, m); });
    }

    void apply(const PreparedLayer&, const GlobalAveragePool&, PairCovariances& pair) {
        for_both(pair, [](Matrix<double>& m) { m = single(as_eigen(m).mean()); });
    }

    void apply(const PreparedLayer&, const Flatten&, PairCovariances& pair) {
        for_both(pair, [](Matrix<double>& m) { m = single(as_eigen(m).diagonal().mean()); });
    }

    void apply(const PreparedLayer&, const LayerNorm&, PairCovariances& pair) {
        const auto [left, right] = next_variances(pair);
        for (Index i = 0; i < pair.nngp.rows(); ++i)
            for (Index j = 0; j < pair.nngp.columns(); ++j) {
                const double product =
                    left[static_cast<std::size_t>(i)] * right[static_cast<std::size_t>(j)];
                const double factor = product > 0 ? 1 / std::sqrt(product) : 0;
                for_both(pair, [&](Matrix<double>& m) { m(i, j) *= factor; });
            }
    }

    void apply(const PreparedLayer& layer, const Activation&, PairCovariances& pair) {
        const auto [left, right] = next_variances(pair);
        std::vector<double> derivative(right.size());
        for (Index i = 0; i < pair.nngp.rows(); ++i) {
            layer.dual->apply(&left[static_cast<std::size_t>(i)], 0, right.data(),
                              pair.nngp.row(i).data(), tangent_ ? derivative.data() : nullptr,
                              pair.nngp.columns());
            if (!tangent_) continue;
            for (Index j = 0; j < pair.ntk.columns(); ++j)
                pair.ntk(i, j) *= derivative[static_cast<std::size_t>(j)];
        }
    }

    void apply(const PreparedLayer& layer, const Residual&, PairCovariances& pair) {
        PairCovariances other = pair;
        apply(layer.branch, pair);
        apply(layer.shortcut, other);
        as_eigen(pair.nngp) += as_eigen(other.nngp);
        if (tangent_) as_eigen(pair.ntk) += as_eigen(other.ntk);
    }

    // Copies, since recording further variances moves what stands there.
    std::pair<std::vector<double>, std::vector<double>> next_variances(
        const PairCovariances& pair) {
        if (recorded_ != nullptr) {
            std::vector<double> variances;
            for (Index i = 0; i < pair.nngp.rows(); ++i) variances.push_back(pair.nngp(i, i));
            recorded_->push_back(std::move(variances));
        }
        const std::size_t index = next_++;
        return {(*left_)[index], (*right_)[index]};
    }

    static Matrix<double> single(double value) {
        Matrix<double> result(1, 1);
        result(0, 0) = value;
        return result;
    }

    // For pixels i and j the mean over the offsets of a window, the same offset in both images.
    static Matrix<double> means_of_same_offsets(const LayerWindows& windows,
                                                const Matrix<double>& values) {
        return means(windows, [&](const auto& left, const auto& right) {
            double sum = 0;
            for (std::size_t a = 0; a < left.size(); ++a)
                if (left[a] >= 0 && right[a] >= 0) sum += values(left[a], right[a]);
            return sum / static_cast<double>(left.size());
        });
    }

    // The mean over every pair of offsets; pools have no padding.
    static Matrix<double> means_of_all_pairs(const LayerWindows& windows,
                                             const Matrix<double>& values) {
        return means(windows, [&](const auto& left, const auto& right) {
            double sum = 0;
            for (const Index i : left)
                for (const Index j : right) sum += values(i, j);
            return sum / static_cast<double>(left.size() * right.size());
        });
    }

    template <typename Mean>
    static Matrix<double> means(const LayerWindows& windows, const Mean& mean) {
        const auto outputs = static_cast<Index>(windows.size());
        Matrix<double> result(outputs, outputs);
        for (std::size_t i = 0; i < windows.size(); ++i)
            for (std::size_t j = 0; j < windows.size(); ++j)
                result(static_cast<Index>(i), static_cast<Index>(j)) = mean(windows[i], windows[j]);
        return result;
    }

    bool tangent_;
    const Variances* left_;
    const Variances* right_;
    Variances* recorded_ = nullptr;
    std::size_t next_ = 0;
};

}  // namespace

struct TensorKernel::Implementation {
    struct Images {
        Matrix<double> values;
        std::vector<Variances> variances;
    };

    Implementation(const Network& given, KernelKind kind, const ImageShape& shape,
                   MatrixView<const double> x, std::optional<MatrixView<const double>> y)
        : network(given),
          tangent(kind == KernelKind::ntk),
          image_shape(shape),
          pixels(pixel_count(shape)) {
        check_image_network(network, kind, shape);
        layers = prepared(network.layers, shape, "network");
        left = read(x, "x");
        if (!y) return;
        if (y->columns() != x.columns())
            throw DimensionMismatch("kernel: x has " + std::to_string(x.columns()) +
                                    " columns and y has " + std::to_string(y->columns()));
        other = read(*y, "y");
    }

    const Images& right() const { return other ? *other : left; }

    Images read(MatrixView<const double> x, const char* name) const {
        check_image_columns(x.columns(), image_shape, name);
        Images images{Matrix<double>(x.rows(), x.columns()), {}};
        for (Index i = 0; i < x.rows(); ++i) {
            for (Index j = 0; j < x.columns(); ++j) {
                if (!std::isfinite(x(i, j))) throw_not_finite(name, i, j, x(i, j));
                images.values(i, j) = x(i, j);
            }
            Variances variances;
            PairCovariances itself = start(images.values.row(i), images.values.row(i));
            PairRecursion(false, variances).apply(layers, itself);
            images.variances.push_back(std::move(variances));
        }
        return images;
    }

    PairCovariances start(std::span<const double> x, std::span<const double> y) const {
        const Index channels = static_cast<Index>(x.size()) / pixels;
        const MatrixView<const double> left_pixels(x.data(), pixels, channels);
        const MatrixView<const double> right_pixels(y.data(), pixels, channels);
        PairCovariances pair{Matrix<double>(pixels, pixels),
                             Matrix<double>(tangent ? pixels : 0, tangent ? pixels : 0)};
        // Sums in one order for every pair, so that a pixel's variance is its covariance with
        // itself.
        for (Index i = 0; i < pixels; ++i)
            for (Index j = 0; j < pixels; ++j) {
                double sum = 0;
                for (Index c = 0; c < channels; ++c) sum += left_pixels(i, c) * right_pixels(j, c);
                pair.nngp(i, j) = sum / static_cast<double>(channels);
            }
        return pair;
    }

    double entry(Index i, Index j) const {
        const auto row = static_cast<std::size_t>(i), column = static_cast<std::size_t>(j);
        PairCovariances pair = start(left.values.row(i), right().values.row(j));
        PairRecursion(tangent, left.variances[row], right().variances[column]).apply(layers, pair);
        return tangent ? pair.ntk(0, 0) : pair.nngp(0, 0);
    }

    Network network;
    bool tangent;
    ImageShape image_shape;
    Index pixels;
    std::vector<PreparedLayer> layers;
    Images left;
    std::optional<Images> other;
};

TensorKernel::TensorKernel(const Network& network, KernelKind kind, const ImageShape& shape,
                           MatrixView<const double> x)
    : implementation_(
          std::make_unique<const Implementation>(network, kind, shape, x, std::nullopt)) {}

TensorKernel::TensorKernel(const Network& network, KernelKind kind, const ImageShape& shape,
                           MatrixView<const double> x, MatrixView<const double> y)
    : implementation_(std::make_unique<const Implementation>(network, kind, shape, x, y)) {}

TensorKernel::~TensorKernel() = default;

Index TensorKernel::rows() const {
    return implementation_->left.values.rows();
}

Index TensorKernel::columns() const {
    return implementation_->right().values.rows();
}

bool TensorKernel::symmetric() const {
    return !implementation_->other;
}

void TensorKernel::tile(Index first_row, Index first_column, MatrixView<double> out) const {
    tile_by_pairs(first_row, first_column, symmetric(), out,
                  [this](Index i, Index j) { return implementation_->entry(i, j); });
}

}  // namespace sketchntk
