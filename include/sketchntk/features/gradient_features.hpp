#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <mutex>

namespace sketchntk {

/// The gradient of a finite random network with respect to its trained parameters, at
/// initialisation: the baseline of the papers (GradRF in Zandieh et al. 2021, section 5).
///
/// All hidden layers have the same width n, the largest with which the trained parameters are not
/// more than the features asked for:
///     a_0 = x,   z_l = w_{l-1} / sqrt(dim a_{l-1}) W_l a_{l-1} + b_{l-1} beta_l,   a_l = max(z_l,
///     0),
/// W_l and beta_l standard normal, and the output is the last dense layer's. The features are
/// df/dW_l and, where the layer has a bias, df/dbeta_l, layer by layer, so that
/// <z(x), z(y)> is the empirical NTK. Its expectation is the NTK for one hidden layer, and tends to
/// it with n beyond; its variance is that of a network of width n, which for more than one hidden
/// layer is the square root of the features only.
///
/// Cost a row: 4 flops for each weight, and the features are written once. Memory: the weights.
class GradientFeatures final : public FeatureMap {
  public:
    /// @throws InvalidArgument if the network is not a fully connected one with a hidden layer, no
    ///   layer is trained, or features are too few for width 1.
    GradientFeatures(const Network& network, Index features, Seed seed, Index inputs);
    ~GradientFeatures() override;

    [[nodiscard]] Index inputs() const override { return inputs_; }
    /// The trained parameters: at most as many as asked for.
    [[nodiscard]] Index features() const override { return parameters(width_); }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] Index width() const { return width_; }

  private:
    struct Drawn;
    class Tile;

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    [[nodiscard]] Index parameters(Index width) const;
    [[nodiscard]] Index fan_in(std::size_t layer, Index width) const;
    [[nodiscard]] Index fan_out(std::size_t layer, Index width) const;
    [[nodiscard]] const Drawn& drawn() const;

    std::vector<Dense> dense_;
    Seed seed_;
    Index inputs_;
    Index width_ = 0;
    mutable std::once_flag draw_once_;
    mutable std::unique_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk
