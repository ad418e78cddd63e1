#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "features/row_tiles.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/gradient_features.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

struct GradientFeatures::Drawn {
    struct Layer {
        Matrix<float> weights;      ///< fan out x fan in, times w_std / sqrt(fan in)
        std::vector<float> biases;  ///< times b_std
        float scale;                ///< w_std / sqrt(fan in)
    };
    std::vector<Layer> layers;
};

/// One tile of rows on its way through the network and back.
class GradientFeatures::Tile {
  public:
    explicit Tile(const GradientFeatures& map) : map_(map), drawn_(map.drawn()) {
        for (const Drawn::Layer& layer : drawn_.layers) {
            activations_.emplace_back(row_tile, layer.weights.columns());
            gradients_.emplace_back(row_tile, layer.weights.rows());
        }
    }

    void operator()(MatrixView<const float> x, MatrixView<float> out) {
        for (Index i = 0; i < x.rows(); ++i)
            std::copy_n(x.row(i).data(), x.columns(), activations_.front().row(i).data());
        forward();
        backward();
        for (Index i = 0; i < x.rows(); ++i) write_row(i, out.row(i).data());
    }

  private:
    void forward() {
        for (std::size_t l = 0; l + 1 < drawn_.layers.size(); ++l) {
            Matrix<float>& next = activations_[l + 1];
            as_eigen(next).noalias() =
                as_eigen(activations_[l]) * as_eigen(drawn_.layers[l].weights).transpose();
            for (Index i = 0; i < next.rows(); ++i)
                for (Index k = 0; k < next.columns(); ++k) {
                    const float z =
                        next(i, k) + drawn_.layers[l].biases[static_cast<std::size_t>(k)];
                    next(i, k) = z > 0 ? z : 0;
                }
        }
    }

    // gradients_[l] is df/dz of layer l.
    void backward() {
        std::fill_n(gradients_.back().data(), row_tile, 1.0F);
        for (std::size_t l = drawn_.layers.size() - 1; l > 0; --l) {
            Matrix<float>& before = gradients_[l - 1];
            as_eigen(before).noalias() =
                as_eigen(gradients_[l]) * as_eigen(drawn_.layers[l].weights);
            for (Index i = 0; i < before.rows(); ++i)
                for (Index k = 0; k < before.columns(); ++k)
                    if (!(activations_[l](i, k) > 0)) before(i, k) = 0;
        }
    }

    void write_row(Index i, float* out) const {
        for (std::size_t l = 0; l < drawn_.layers.size(); ++l) {
            const Dense& dense = map_.dense_[l];
            if (!dense.trained) continue;
            const auto inputs = activations_[l].row(i);
            for (const float gradient : gradients_[l].row(i)) {
                const float factor = drawn_.layers[l].scale * gradient;
                for (const float input : inputs) *out++ = factor * input;
            }
            if (dense.b_std == 0) continue;
            for (const float gradient : gradients_[l].row(i))
                *out++ = static_cast<float>(dense.b_std) * gradient;
        }
    }

    const GradientFeatures& map_;
    const Drawn& drawn_;
    std::vector<Matrix<float>> activations_;  ///< what each dense layer gets
    std::vector<Matrix<float>> gradients_;
};

GradientFeatures::GradientFeatures(const Network& network, Index features, Seed seed, Index inputs)
    : dense_(dense_layers(network)), seed_(seed), inputs_(inputs) {
    if (dense_.size() < 2)
        throw InvalidArgument("gradient: the network has no hidden layer; use the map 'linear'");
    if (inputs < 1)
        throw InvalidArgument("gradient: expected at least one input, got " +
                              std::to_string(inputs));
    if (parameters(1) == 0)
        throw InvalidArgument("network: no dense layer is trained, so that its NTK is zero");
    if (features < parameters(1))
        throw InvalidArgument("features: gradient needs at least " + std::to_string(parameters(1)) +
                              " for a network of width 1, got " + std::to_string(features));
    // The least width that is too much, by doubling and halving.
    Index fits = 1;
    Index too_wide = 2;
    constexpr Index widest = Index{1} << 30;
    while (too_wide < widest && parameters(too_wide) <= features) {
        fits = too_wide;
        too_wide *= 2;
    }
    while (too_wide - fits > 1) {
        const Index middle = fits + (too_wide - fits) / 2;
        (parameters(middle) <= features ? fits : too_wide) = middle;
    }
    width_ = fits;
}

GradientFeatures::~GradientFeatures() = default;

Index GradientFeatures::fan_in(std::size_t layer, Index width) const {
    return layer == 0 ? inputs_ : width;
}

Index GradientFeatures::fan_out(std::size_t layer, Index width) const {
    return layer + 1 == dense_.size() ? 1 : width;
}

Index GradientFeatures::parameters(Index width) const {
    Index sum = 0;
    for (std::size_t l = 0; l < dense_.size(); ++l)
        if (dense_[l].trained)
            sum += fan_out(l, width) * (fan_in(l, width) + (dense_[l].b_std > 0 ? 1 : 0));
    return sum;
}

std::int64_t GradientFeatures::bytes(int threads) const {
    std::int64_t weights = 0;
    Index for_each_row = 0;
    for (std::size_t l = 0; l < dense_.size(); ++l) {
        weights += fan_out(l, width_) * (fan_in(l, width_) + 1);
        for_each_row += fan_in(l, width_) + fan_out(l, width_);
    }
    return static_cast<std::int64_t>(sizeof(float)) * (weights + threads * row_tile * for_each_row);
}

double GradientFeatures::flops_per_row() const {
    double weights = 0;
    for (std::size_t l = 0; l < dense_.size(); ++l)
        weights += static_cast<double>(fan_out(l, width_)) * static_cast<double>(fan_in(l, width_));
    return 4 * weights + static_cast<double>(features());
}

const GradientFeatures::Drawn& GradientFeatures::drawn() const {
    std::call_once(draw_once_, [&] {
        auto drawn = std::make_unique<Drawn>();
        for (std::size_t l = 0; l < dense_.size(); ++l) {
            const Index rows = fan_out(l, width_);
            const Index columns = fan_in(l, width_);
            Drawn::Layer layer{
                Matrix<float>(rows, columns), std::vector<float>(static_cast<std::size_t>(rows)),
                static_cast<float>(dense_[l].w_std / std::sqrt(static_cast<double>(columns)))};
            const Seed seed = seed_.child(static_cast<std::uint32_t>(l));
            const RandomStream weights(seed, 0);
            for (Index i = 0; i < rows; ++i) {
                weights.fill_normal(i, 0, layer.weights.row(i));
                for (float& weight : layer.weights.row(i)) weight *= layer.scale;
            }
            RandomStream(seed, 1).fill_normal(0, 0, layer.biases);
            for (float& bias : layer.biases) bias *= static_cast<float>(dense_[l].b_std);
            drawn->layers.push_back(std::move(layer));
        }
        drawn_ = std::move(drawn);
    });
    return *drawn_;
}

void GradientFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                                const Execution& execution) const {
    use_blas_on_one_thread();
    static_cast<void>(drawn());
    map_tiles(x, out, execution, [this] { return Tile(*this); });
}

}  // namespace sketchntk
