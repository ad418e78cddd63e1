#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <mutex>

namespace sketchntk {

/// How many random features each part of NTK random features gets.
struct NtkRandomFeatureWidths {
    Index hidden_relu;    ///< order-1 arc-cosine features after each hidden layer but the last
    Index last_relu;      ///< the same after the last hidden layer: the NNGP part of the result
    Index step;           ///< order-0 arc-cosine features (gates) of each hidden layer
    Index hidden_tensor;  ///< outputs of the product sketch of each hidden layer but the last
    Index last_tensor;    ///< the same of the last hidden layer: the tangent part of the result

    bool operator==(const NtkRandomFeatureWidths&) const = default;
};

/// NTK random features for fully connected ReLU networks of any depth, with biases (Zandieh, Han,
/// Avron, Shoham, Kim and Shin 2021, "Scaling neural tangent kernels via sketching and random
/// features", algorithm 2).
///
/// phi carries Sigma and psi carries Theta. From phi = psi = [w_0 x / sqrt(d), b_0], each hidden
/// layer l = 1, ..., L with independent directions v uniform on the sphere in dim(phi) dimensions
/// computes
///     relu = sqrt(dim(phi) / r) max(<v_k, phi>, 0),   k = 1, ..., r   E <relu, relu'> = Sigma
///     kappa1 / 2 step = sqrt(1 / s) [<v_k, phi> > 0],            k = 1, ..., s   E <step, step'> =
///     kappa0 / 2 phi <- [w_l relu, b_l],   psi <- [phi, w_l TensorSRHT(psi, step)],
/// so that, with phi and psi of the layer before held fixed, expectations follow the recursion of
/// `FullyConnectedKernel`: exactly for one hidden layer, with a bias of order 1 / width beyond it,
/// where kappa0 and kappa1 are applied to a random phi. Unlike the paper's Gaussian directions,
/// those on the sphere leave out the variance of the norm.
///
/// The NNGP alone needs phi only. The result is psi (or phi) of the last layer, `features()`
/// columns exactly.
///
/// Cost a row: 2 dim(phi) (r + s) flops a layer in a matrix product, and two real Fourier
/// transforms of the lengths of psi and step. Memory: dim(phi) (r + s) floats a layer.
class NtkRandomFeatures final : public FeatureMap {
  public:
    /// @throws InvalidArgument if the network is not a fully connected one with a hidden layer, or
    ///   features are too few for it (three, and one more with a bias in the last layer).
    NtkRandomFeatures(const Network& network, KernelKind kind, Index features, Seed seed,
                      Index inputs);
    /// The same with widths of one's own; features() is last_relu + last_tensor, and one more with
    /// a bias in the last layer. @throws InvalidArgument if a width is below 1.
    NtkRandomFeatures(const Network& network, KernelKind kind, const NtkRandomFeatureWidths& widths,
                      Seed seed, Index inputs);
    ~NtkRandomFeatures() override;

    /// The widths used for `features` columns beside that of a last bias: half of them to the NNGP
    /// part. More of it lowers the error of predictions and raises that of the kernel, wider hidden
    /// layers cost more than they gain; docs/performance.md has the measurements.
    [[nodiscard]] static NtkRandomFeatureWidths default_widths(KernelKind kind, Index features);

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return features_; }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] double flops_per_row() const override;

  private:
    struct LayerShape;
    struct Drawn;
    class Tile;

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    [[nodiscard]] const Drawn& drawn() const;

    std::vector<Dense> dense_;
    KernelKind kind_;
    Index features_;
    Seed seed_;
    Index inputs_;
    std::vector<LayerShape> shapes_;
    mutable std::once_flag draw_once_;
    mutable std::unique_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk
