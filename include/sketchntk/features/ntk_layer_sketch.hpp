#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <vector>

namespace sketchntk {

/// What an NtkLayerSketch is besides its network and size.
struct NtkLayerSketchOptions {
    Index degree = 8;        ///< of the polynomial of kappa1, 1 to 63; kappa0's is one lower
    bool taylor = false;     ///< Taylor's polynomials of the theory, instead of fitted ones
    Index hidden_width = 0;  ///< columns of a hidden layer's psi; 0: as many as features
};

/// NTKSketch in the form of the theory (Zandieh et al. 2021, section 4): layer by layer, each
/// arc-cosine kernel as a polynomial that is sketched. The map `ntksketch(form=layers)`.
///
/// With q_l = Sigma_l(x, x), known for each row from |x~|^2 alone, rho_l the correlation that
/// belongs to Sigma_l, a_l^2 = w_l^2 q_(l-1) / (2 q_l), and p1 and p0 polynomials near kappa1 and
/// kappa0 with coefficients >= 0,
///     phi_0 = x~ / |x~|,
///     phi_l = [a_l S(phi_(l-1)), b_l / sqrt(q_l)],    E <S(u), S(v)> = p1(<u, v>),
///     psi_1 = [a_1 S'(phi_0), b_1 / sqrt(q_1)],       E <S'(u), S'(v)> = p1(<u, v>) + <u, v>
///                                                     p0(<u, v>),
///     psi_l = [phi_l, a_l T(phi_(l-1), psi_(l-1))],   E <T(u, s), T(v, t)> = p0(<u, v>) <s, t>,
/// S and T being given phi_(l-1) scaled to unit length, which it has but for errors, and
/// z(x) = sqrt(q_L) psi_L, or sqrt(q_L) phi_L for the NNGP. S is a `sketches::PolynomialSketch`, T
/// a `sketches::PolynomialProductSketch`, which compresses its tensor product to the wanted columns
/// itself: the SRHT that the paper puts after it is not needed. A frozen layer leaves its phi_l out
/// of psi_l (layer 0: leaves u p0(u) out).
///
/// Biases in all layers and rows of any length are served. With one hidden layer the expectation of
/// <z(x), z(y)> is K(x, y) with p1 and p0 for kappa1 and kappa0. With more it is that up to the
/// error that a polynomial makes of a random vector: a polynomial of the noisy <phi, phi'> has
/// another expectation than that of its mean. It falls with the hidden width, as with NTK random
/// features.
///
/// Cost of a row: L times that of a PolynomialSketch to half the hidden width and of a
/// PolynomialProductSketch. Sparse rows cost their nonzeros: `keeps_sparse_rows()`.
class NtkLayerSketch final : public FeatureMap {
  public:
    /// @throws InvalidArgument for a network without hidden layer or an NTK without trained layers,
    ///   an option out of range, fewer features or columns of a hidden layer than its parts need,
    ///   and if inputs < 1.
    NtkLayerSketch(const Network& network, KernelKind kind, const NtkLayerSketchOptions& options,
                   Index features, Seed seed, Index inputs);
    ~NtkLayerSketch() override;

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return features_; }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] std::int64_t sparse_bytes(int threads, Index entries) const override;
    [[nodiscard]] double flops_per_row() const override;
    /// Of rows of mean square 1, from the polynomials' values at 1.
    [[nodiscard]] double missing_share() const override;
    [[nodiscard]] bool keeps_sparse_rows() const override { return true; }

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    void map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                         const Execution& execution) const override;

  private:
    struct Layer;
    class Tile;

    [[nodiscard]] Layer layer(std::size_t l, Index columns, const Layer* before) const;
    [[nodiscard]] std::int64_t bytes(int threads, std::int64_t of_unit_rows) const;
    template <typename Rows>
    void map(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    std::vector<Dense> dense_;
    KernelKind kind_;
    Index inputs_;
    Index features_;
    Seed seed_;
    std::vector<double> kappa1_;  ///< coefficients of p1
    std::vector<double> kappa0_;  ///< and of p0
    std::vector<Layer> layers_;   ///< the hidden ones
};

}  // namespace sketchntk
