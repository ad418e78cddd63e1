#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace sketchntk::sketches {

/// How a row enters the leaves of a PolySketch.
enum class PolySketchLeaf {
    automatic,     ///< count_sketch for more than four times as many inputs as the node width
    srht,          ///< as it is: the node above transforms it whole
    count_sketch,  ///< through a CountSketch to the node width, if that is smaller
};

/// What a PolySketch is besides its shape and degree.
struct PolySketchOptions {
    /// Real numbers of an inner node, two for each complex entry; 0 takes the default: the power of
    /// two nearest half the outputs, and nearest the outputs where rows are as long.
    Index node_width = 0;
    PolySketchLeaf leaf = PolySketchLeaf::automatic;

    bool operator==(const PolySketchOptions&) const = default;
};

/// PolySketch: a random linear map of the tensor power x^(x)q to m real numbers (Ahle et al. 2020,
/// section 3; Zandieh et al. 2021), with
///
///     E <S x^(x)q, S y^(x)q> = <x, y>^q.
///
/// A balanced binary tree with q leaves. A node is the TensorSRHT of its two children, of which the
/// left one has ceil(n / 2) and the right one floor(n / 2) of its n leaves:
///
///     z_k = K^(-1/2) F(D1 a)[i_k] F(D2 b)[j_k],   k < K,
///
/// complex numbers, K = w / 2 of them for the node width w, and with F the Fourier transform of a
/// and b padded with zeros to powers of two, D1, D2 random signs, and i_k, j_k drawn by balanced
/// sampling (see `TensorSrht`). The root has m real outputs, [Re z, Im z] of m / 2 products (for
/// odd m and one part of one more). All nodes are independent. A leaf is the row itself, or a
/// CountSketch of it of its own, which costs the nonzero entries of a sparse row only but adds to
/// the variance.
///
/// The error grows with q as slowly as it can. For leaves that are rows, and rows and nodes of at
/// least 22 numbers, the variance is at most |x|^2q |y|^2q times
///
///     (1 + 6.2 / w)^(q - 2) (1 + 6.2 / m) - 1,
///
/// where the flat TensorSketch of degree q has up to 2^(q+1) / m + 2 3^q / m^2. It is about a third
/// of the bound, 2 (q - 2) / w + 2 / m, for rows in general position. `variance_bound` is for two
/// given vectors, and for CountSketch.
///
/// **The family** U_0, ..., U_{q-1} of sketches of all degrees q, ..., 1 with shared randomness:
/// U_j is the same tree without its first j leaves, and a node that loses one child hands on the
/// other one. So from U_j to U_{j+1} only the ceil(log2 q) nodes above one leaf change (where
/// Zandieh et al. put e_1 for x; leaving it out has less variance). The topmost node that is left
/// samples the m outputs. Each U_j alone is unbiased for <x, y>^(q-j). A single leaf that is left
/// of a larger left child is transformed with signs and frequencies of its own; and U_{q-1} is the
/// row itself, padded with zeros, if it has no more than m entries, and otherwise its SRHT (sqrt(2
/// / m) F(D x)[i_k] as above) or its CountSketch.
///
/// Cost of a row: about (q - 2) 2.5 w log2 w flops for the inner nodes, and q times 2.5 d log2 d
/// for the transforms of rows, or the nonzeros and 2.5 w log2 w with CountSketch leaves. Sixteen
/// rows are worked on together, in float32: |x|^q must be far from 1e38.
///
/// This object is the distribution and the seed; `Plan` applies it.
class PolySketch {
  public:
    class Plan;

    static constexpr Index largest_degree = 64;

    /// @throws InvalidArgument unless the degree is 1 to 64, outputs 1 to 2^30, inputs 1 to 2^24
    ///   (2^40 with CountSketch leaves) and the node width 0 or an even number from 2 to 2^30.
    PolySketch(Index inputs, Index outputs, Index degree, const PolySketchOptions& options,
               Seed seed);
    /// With the default options.
    PolySketch(Index inputs, Index outputs, Index degree, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] Index degree() const { return degree_; }
    /// With the width and the kind of leaf that have been chosen.
    [[nodiscard]] const PolySketchOptions& options() const { return options_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Bytes of a plan.
    [[nodiscard]] std::int64_t bytes() const;
    /// Floating-point operations of `Plan::apply` for `rows` dense rows.
    [[nodiscard]] double flops(Index rows) const;

    /// An upper bound on Var <S x, S y>, up to about three times the variance. Let a be the mean of
    /// |z^H z'|^2 for a node's vectors of x and y, divided by the squared lengths of its leaves'
    /// rows, and g an upper bound on the same for equal rows and on the mean of |z|^2 |z'|^2. Given
    /// the signs and the two children, a product has mean <u, u'> <v, v'> and mean square P_u P_v,
    /// P_u <= |u|^2 |u'|^2 + |<u, u'>|^2 (`TensorSrht`), so that with m outputs
    ///
    ///     a <= (1 - 2/m) a_1 a_2 + (2/m) ((a_1 + g_1) (a_2 + g_2) + g_1 g_2 / (n - 1)),
    ///     g <= g_1 g_2 (1 + (6 + 2 / (n - 1)) / m),
    ///
    /// the terms with n, the larger permutation of the two factors, being what balanced sampling
    /// can add where it does not help (for odd m 2/m - 1/m^2 in place of the first 2/m). Leaves
    /// have a = cos^2 and g = 1, after a CountSketch to w a = cos^2 + (1 + cos^2) / w and
    /// g = 1 + 2 / w. The bound is (a - cos^2q) |x|^2q |y|^2q.
    /// @throws DimensionMismatch unless both have input_dimension() entries.
    [[nodiscard]] double variance_bound(std::span<const float> x, std::span<const float> y) const;

    /// Named "poly_sketch", with the options `degree`, `node_width` and `leaf` (automatic, srht,
    /// count_sketch).
    [[nodiscard]] OperatorDescription description() const;
    /// The default degree is 2.
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static PolySketch from_description(const OperatorDescription& description);

    bool operator==(const PolySketch&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Index degree_;
    PolySketchOptions options_;
    Seed seed_;
};

class PolyTree;

/// A PolySketch with all its nodes drawn; a handle, cheap to copy.
class PolySketch::Plan {
  public:
    explicit Plan(const PolySketch& distribution);

    [[nodiscard]] const PolySketch& distribution() const { return distribution_; }

    /// out.row(i) = S x.row(i)^(x)q.
    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite (or columns of sparse rows not ascending), NumericalError if a result is not.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

    /// The family: columns [(p - 1) m, p m) of `out` are U_{q-p}, the sketch of degree p, for
    /// p = 1, ..., q; that of degree q has the bits of `apply`. At most q - 1 + (q - 1) ceil(log2
    /// q) TensorSRHTs.
    /// @param out rows x (degree * output_dimension)
    /// @throws as `apply`
    void apply_family(MatrixView<const float> x, MatrixView<float> out,
                      const Execution& execution = {}) const;
    void apply_family(SparseRowsView x, MatrixView<float> out,
                      const Execution& execution = {}) const;

    /// The members of these degrees only, ascending numbers from 1 to q, with the bits of
    /// `apply_family`: columns [k m, (k + 1) m) of `out` have degree degrees[k].
    /// @throws as `apply`; InvalidArgument if the degrees are not ascending numbers from 1 to q.
    void apply_degrees(MatrixView<const float> x, std::span<const Index> degrees,
                       MatrixView<float> out, const Execution& execution = {}) const;
    void apply_degrees(SparseRowsView x, std::span<const Index> degrees, MatrixView<float> out,
                       const Execution& execution = {}) const;

  private:
    template <typename Rows>
    void apply_to(const Rows& x, std::span<const Index> degrees, MatrixView<float> out,
                  const Execution& execution) const;

    PolySketch distribution_;
    std::shared_ptr<const PolyTree> tree_;
};

}  // namespace sketchntk::sketches
