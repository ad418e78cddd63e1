#pragma once

#include <sketchntk/sketches/fourier.hpp>
#include <sketchntk/sketches/operator.hpp>

#include <optional>

namespace sketchntk::sketches {

/// TensorSketch (Pham and Pagh 2013): a CountSketch of the q-fold tensor power x (x) ... (x) x that
/// never forms it. With independent CountSketches C_1, ..., C_q to m = `outputs` numbers, and F the
/// Fourier transform of length m,
///
///     S x = F^-1 (F(C_1 x) F(C_2 x) ... F(C_q x)),   E <S x, S y> = <x, y>^q,
///
/// the circular convolution of length m of the C_k x: output t sums s_1(p_1) x_{p_1} ... s_q(p_q)
/// x_{p_q} over the indices with h_1(p_1) + ... + h_q(p_q) = t modulo m. Degree 1 is the
/// `CountSketch` of the same seed.
///
/// A row costs 2 q flops for each of its nonzeros and q + 1 real transforms, so about
/// 2 q nonzeros + 2.5 (q + 1) m log2 m flops, whatever the number of inputs. Any number of outputs
/// works, but lengths with small prime factors are several times faster: take
/// `RealFourierTransform::good_length`.
///
/// C_k is drawn from row k - 1 of operator 26 of the seed, as in `CountSketch`; so sketches of
/// several degrees share their first factors unless their seeds differ.
class TensorSketch {
  public:
    class Plan;

    static constexpr Index largest_degree = 64;

    /// @throws InvalidArgument unless 1 <= inputs <= 2^40, 1 <= outputs <= 2^30 and
    ///   1 <= degree <= 64.
    TensorSketch(Index inputs, Index outputs, Index degree, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    /// q
    [[nodiscard]] Index degree() const { return degree_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// None: columns are hashed when they are met.
    [[nodiscard]] std::int64_t bytes() const { return 0; }
    /// For dense rows, a real transform of length m counted as 2.5 m log2 m.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "tensor_sketch", with the option `degree`: 1 to 64, by default 2.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static TensorSketch from_description(const OperatorDescription& description);

    /// Var <S x, S y>. With
    ///
    ///     a = <x, y>^2,   b = |x|^2 |y|^2 - sum_p x_p^2 y_p^2,   c = <x, y>^2 - sum_p x_p^2 y_p^2,
    ///
    /// it is
    ///
    ///     ((a + b)^q - a^q) / m + ((a + c)^q - a^q) / m
    ///         + gcd(2, m) / m^2 ((a + b + c)^q - (a + b)^q - (a + c)^q + a^q).
    ///
    /// Why: <S x, S y>^2 sums, over indices i, j, k, l of the tensor power, the products x_i y_j
    /// x_k y_l with their signs, where h(i) = h(j) and h(k) = h(l) for the sum h of the hashes. In
    /// each of the q factors the signs leave only those indices that are equal in pairs:
    ///   A, i = j and k = l, of weight a: both differences of hashes, of i and j, of k and l, are
    ///      0;
    ///   B, i = k and j = l, different, of weight b: the two differences are equal;
    ///   C, i = l and j = k, different, of weight c: they are opposite.
    /// With u and v the sums, over factors of kind B and C, of the differences of i and j, both
    /// uniform modulo m where there are such factors, what is asked for is u + v = 0 and u - v = 0.
    /// That has probability 1 if all factors are of kind A, 1 / m with those of kind B or those of
    /// kind C besides, and with both kinds gcd(2, m) / m^2: v must be a solution of 2 v = 0.
    /// Without the first probability, which gives a^q = E(<S x, S y>)^2, that is the sum above.
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const TensorSketch&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Index degree_;
    Seed seed_;
};

/// Holds the distribution and the prepared transform, which all plans of as many outputs share.
class TensorSketch::Plan {
  public:
    explicit Plan(const TensorSketch& distribution);

    [[nodiscard]] const TensorSketch& distribution() const { return distribution_; }

    /// Each thread needs memory for two times 4 to 16 rows of the result.
    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite, NumericalError naming the row if its sketch is out of the range of float32.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    template <typename Rows>
    void apply_rows(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    TensorSketch distribution_;
    /// Degree 1 needs none.
    std::optional<RealFourierTransform> transform_;
};

}  // namespace sketchntk::sketches
