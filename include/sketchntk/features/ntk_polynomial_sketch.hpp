#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <vector>

namespace sketchntk {

/// How the linear term of a kernel's polynomial becomes features.
enum class LinearTerm {
    automatic,  ///< exact if that takes at most half of the features, otherwise sketched
    exact,      ///< the coordinates of the row
    sketched,   ///< with the other terms
};

/// What an NtkPolynomialSketch is besides its network and size.
struct NtkPolynomialSketchOptions {
    Index degree = 8;  ///< of the polynomial, 1 to 64
    LinearTerm linear = LinearTerm::automatic;
    Index node_width = 0;  ///< `sketches::PolySketchOptions::node_width`
};

/// NTKSketch in the form that its authors run (Zandieh et al. 2021, section 4): one polynomial for
/// the whole deep kernel, sketched by a PolySketch. The map `ntksketch(form=kernel)`.
///
/// Where no dense layer but the first has a bias, K(x, y) = |x~| |y~| kappa(u), u being the cosine
/// of the angle between x~ and y~ (`kernel_curve`). kappa is replaced by p(u) = b_0 + ... + b_q
/// u^q, b_j >= 0, the nearest such polynomial of degree q with p(1) <= kappa(1), and
///
///     E <z(x), z(y)> = |x~| |y~| p(u).
///
/// With biases in later layers that holds for rows of one length only: of rows that have been
/// scaled to length sqrt(inputs), |x~|^2 = w_0^2 + b_0^2. Both for the NTK and the NNGP, of any
/// depth and with any layers frozen. What p(1) lacks of kappa(1) is `missing_share()`; between
/// other rows the error of the polynomial is smaller.
///
/// The constant term is exact. So is the linear one, as d + (b_0 > 0) columns that go first, unless
/// it is to be sketched. The others fill the remaining columns: a `sketches::PolynomialSketch` of
/// x~ / |x~|. Rows with x~ = 0 become zero.
///
/// Cost of a row: q (1 + ceil(log2 q)) nodes of a PolySketch at most, O(features log features)
/// each. Sparse rows add their nonzeros, q times: `keeps_sparse_rows()`.
class NtkPolynomialSketch final : public FeatureMap {
  public:
    /// @param rows_have_unit_mean_square whether rows come scaled to length sqrt(inputs)
    /// @throws InvalidArgument for a network without hidden layer or kernel, for biases after the
    ///   first layer unless rows_have_unit_mean_square, for an option out of range, for features
    ///   that do not hold the exact terms and one more column, and if inputs < 1.
    NtkPolynomialSketch(const Network& network, KernelKind kind, bool rows_have_unit_mean_square,
                        const NtkPolynomialSketchOptions& options, Index features, Seed seed,
                        Index inputs);
    ~NtkPolynomialSketch() override;

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return features_; }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] std::int64_t sparse_bytes(int threads, Index entries) const override;
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] double missing_share() const override { return missing_share_; }
    [[nodiscard]] bool keeps_sparse_rows() const override { return true; }

    /// b_0, b_1, ...
    [[nodiscard]] const std::vector<double>& coefficients() const { return coefficients_; }
    /// Columns of the exact linear term; 0 if it is sketched.
    [[nodiscard]] Index linear_columns() const { return linear_columns_; }

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    void map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                         const Execution& execution) const override;

  private:
    struct Sketch;
    class Tile;

    template <typename Rows>
    void map(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    Dense first_;
    Index inputs_;
    Index features_;
    Index linear_columns_ = 0;
    std::vector<double> coefficients_;
    double missing_share_ = 0;
    std::unique_ptr<const Sketch> sketch_;  ///< null if the exact terms are all
};

}  // namespace sketchntk
