#pragma once

#include <sketchntk/features/direction_law.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <mutex>
#include <optional>

namespace sketchntk {

class RandomDirections;

/// How many random features each part of NTK random features gets.
struct NtkRandomFeatureWidths {
    Index hidden_relu = 0;    ///< order-1 arc-cosine features after each hidden layer but the last
    Index last_relu = 0;      ///< the same after the last hidden layer: the NNGP part of the result
    Index step = 0;           ///< order-0 arc-cosine features (gates) of each product sketch
    Index hidden_tensor = 0;  ///< outputs of the product sketch of each hidden layer but the last
    Index last_tensor = 0;    ///< the same of the last hidden layer: the tangent part of the result
    Index input = 0;          ///< with elementwise gates: what the first layer's part gets

    bool operator==(const NtkRandomFeatureWidths&) const = default;
};

/// What the construction leaves open.
struct NtkRandomFeatureOptions {
    /// How the product with the derivative's features is made.
    enum class Product {
        tensor_srht,  ///< a sketch of psi (x) step: as published
        gates,        ///< each coordinate of psi times a gate of its own
    };
    /// How the features are divided among the parts: see `NtkRandomFeatures::default_widths`.
    enum class Split { balanced, published };

    Product product = Product::tensor_srht;
    DirectionLaw directions = DirectionLaw::automatic;
    sketches::TensorSampling sampling = sketches::TensorSampling::balanced;
    Split split = Split::balanced;

    /// `ntkrf(product=..., directions=..., sampling=..., split=...)`.
    [[nodiscard]] static NtkRandomFeatureOptions read(sketches::OptionReader& options);

    bool operator==(const NtkRandomFeatureOptions&) const = default;
};

/// NTK random features for fully connected ReLU networks of any depth, with biases (Zandieh, Han,
/// Avron, Shoham, Kim and Shin 2021, "Scaling neural tangent kernels via sketching and random
/// features", algorithm 2).
///
/// phi carries Sigma and psi carries Theta. From phi = psi = [w_0 x / sqrt(d), b_0], each hidden
/// layer l = 1, ..., L with independent directions v of length sqrt(dim(phi)) (see `DirectionLaw`)
/// computes
///     relu = sqrt(1 / r) max(<v_k, phi>, 0),   k = 1, ..., r   E <relu, relu'> = Sigma kappa1 / 2
///     step = sqrt(1 / s) [<v_k, phi> > 0],     k = 1, ..., s   E <step, step'> = kappa0 / 2
///     phi <- [w_l relu, b_l],   psi <- [phi, w_l TensorSRHT(psi, step)],
/// so that, with phi and psi of the layer before held fixed, expectations follow the recursion of
/// `FullyConnectedKernel`: exactly for one hidden layer, with a bias of order 1 / width beyond it,
/// where kappa0 and kappa1 are applied to a random phi. With Product::gates
///     psi <- [phi, w_l psi_k [<v_k, phi> > 0]],   a direction v_k for each coordinate k of psi,
/// which has the same expectation and needs no sketch; there psi begins with copies of the input
/// (or, where it is wider than its part, a random projection of it). A layer that is not trained
/// leaves its phi out of psi.
///
/// The NNGP is the NTK in which only the last layer is trained, and is made as such. The result is
/// psi of the last layer, `features()` columns exactly (with gates, and neither the first nor the
/// last layer trained, up to one less for each hidden layer).
///
/// As published: directions=gaussian, sampling=independent, split=published. Which options are the
/// default, and what they are worth: docs/feature_maps.md.
///
/// Cost a row: 2 dim(phi) (r + s) flops a layer in a matrix product (less with structured
/// directions), and two real Fourier transforms of the lengths of psi and step. Memory: dim(phi)
/// (r + s) floats a layer.
class NtkRandomFeatures final : public FeatureMap {
  public:
    /// @throws InvalidArgument if the network is not a fully connected one with a hidden layer, no
    ///   layer is trained, or features are too few for it (one for each part, and one more with a
    ///   bias in the last layer).
    NtkRandomFeatures(const Network& network, KernelKind kind, Index features,
                      const NtkRandomFeatureOptions& options, Seed seed, Index inputs);
    /// With the default options.
    NtkRandomFeatures(const Network& network, KernelKind kind, Index features, Seed seed,
                      Index inputs);
    ~NtkRandomFeatures() override;

    /// The widths used for `features` columns.
    ///
    /// Split::balanced: half of them to the NNGP part. More of it lowers the error of predictions
    /// and raises that of the kernel, wider hidden layers cost more than they gain;
    /// docs/performance.md has the measurements. Split::published: in the proportions of the
    /// authors' runs, 692 of 8,192 to the NNGP part and as many gates at depth 1, 3,192 of 8,192
    /// beyond. With elementwise gates: equal parts for the trained layers.
    [[nodiscard]] static NtkRandomFeatureWidths default_widths(
        const Network& network, KernelKind kind, Index features,
        const NtkRandomFeatureOptions& options);

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
    [[nodiscard]] Index widest_row() const;
    [[nodiscard]] std::optional<RandomDirections> relu_directions(std::size_t layer) const;
    [[nodiscard]] std::optional<RandomDirections> gate_directions(std::size_t layer) const;
    [[nodiscard]] std::optional<sketches::TensorSrht> product_sketch(std::size_t layer) const;

    std::vector<Dense> dense_;
    NtkRandomFeatureOptions options_;
    Index features_ = 0;
    Seed seed_;
    Index inputs_;
    std::vector<LayerShape> shapes_;
    mutable std::once_flag draw_once_;
    mutable std::unique_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk
