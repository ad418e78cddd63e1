#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace sketchntk::sketches {

/// Which transform spreads the factors of a TensorSRHT.
enum class TensorTransform {
    fourier,   ///< the complex discrete Fourier transform, of any even length without large primes
    hadamard,  ///< Walsh-Hadamard, of a power of two
};

/// How the products of a TensorSRHT choose their entries of the two transforms.
enum class TensorSampling {
    independent,  ///< all of them uniformly and independently, as in the papers
    balanced,     ///< no entry again before all others have been chosen (Latin hypercube sampling)
};

/// What a TensorSRHT is besides its shape.
struct TensorSrhtOptions {
    TensorTransform transform = TensorTransform::fourier;
    TensorSampling sampling = TensorSampling::independent;

    bool operator==(const TensorSrhtOptions&) const = default;
};

/// TensorSRHT of degree 2: a random linear map of the tensor product x (x) y of two vectors to m
/// real numbers, at the price of one transform of each factor (Ahle et al. 2020; with the complex
/// discrete Fourier transform in place of Hadamard's, as in the code of Zandieh et al. 2021):
///
///     fourier:   z_k = sqrt(2 / m) F(D1 x)[i_k] F(D2 y)[j_k],  output [Re z, Im z],  k < m / 2,
///     hadamard:  z_k = sqrt(1 / m) H(D1 x)[i_k] H(D2 y)[j_k],  output z,             k < m,
///
/// where D1, D2 are diagonal random signs, F and H the unnormalised transforms of the factors,
/// padded with zeros to n1, n2 entries (`RealFourierTransform::good_length`, a power of two), and
/// i_k, j_k uniform on all n1, n2 entries. For odd m the Fourier form ends with one more product,
/// of which one part, real or imaginary with probability 1/2, is the last output. For every m
///
///     E <z(x, y), z(x', y')> = <x, x'> <y, y'>.
///
/// **Variance with independent sampling**, for one factor with the moments
///
///     r(x, x') = <x, x'>^2,   s(x, x') = sum_p x_p^2 x'_p^2,
///     F(x, x') = |x|^2 |x'|^2 + 2 r - 2 s,
///     P(x, x') = |x|^2 |x'|^2 + r - s + sum_p x_p x'_p x_q x'_q,
///     Q(x, x') = 2 r - s + sum_p x_p^2 x'_q^2,       sums over the padded factor, q = p + n/2 mod
///     n,
///
/// and the same for y, y':
///
///     fourier, even m:  (2 / m) ((P(x, x') P(y, y') + Q(x, x') Q(y, y')) / 2 - r(x, x') r(y, y')),
///     hadamard:         (1 / m) (F(x, x') F(y, y') - r(x, x') r(y, y')).
///
/// So the Fourier form, which is the complex-to-real sketch of Wacker, Ohana and Filippone (2022,
/// arXiv 2202.02031) with roots of unity from a fast transform, has the lower variance where
/// r > s for both factors: that is sum_{p != q} x_p x'_p x_q x'_q > 0, true for vectors without
/// negative entries and for near ones, with a gain of m^-1 ((r - s)(1 - r') + (r' - s')(1 - r) +
/// 2 (r - s)(r' - s')) for unit vectors, but for the terms with q. For orthogonal vectors with
/// common support it is the other way round, and the difference is of the order of s.
///
/// **Balanced sampling** takes i_1, i_2, ... as random permutations of all entries, one after
/// another, and j_1, j_2, ... likewise (Latin hypercube sampling; McKay, Beckman and Conover 1979);
/// in the Fourier form permutations of the pairs of conjugate frequencies {i, n - i} and of the
/// pair {0, n / 2}, and a random frequency of each. Every (i_k, j_k) is still uniform, so nothing
/// else changes, but what one factor contributes alone to the variance goes away with every
/// complete permutation, and the variance for unit vectors in general position falls from about (1
/// + r + r' + 3 r r') / m to (1 + r r') / m: to a third for near ones. `variance` is exact for
/// both.
///
/// This object is the distribution and the seed; `Plan` applies it.
class TensorSrht {
  public:
    class Plan;
    class Workspace;

    /// @param outputs m, the number of real outputs.
    /// @throws InvalidArgument unless dimensions and outputs are 1 to 2^30 (dimensions to 2^24 for
    ///   the Hadamard form).
    TensorSrht(Index first_dimension, Index second_dimension, Index outputs,
               const TensorSrhtOptions& options, Seed seed);
    /// The Fourier form with independent sampling.
    TensorSrht(Index first_dimension, Index second_dimension, Index outputs, Seed seed);

    [[nodiscard]] Index first_dimension() const { return first_dimension_; }
    [[nodiscard]] Index second_dimension() const { return second_dimension_; }
    /// Length of x (x) y: first_dimension() * second_dimension().
    [[nodiscard]] Index input_dimension() const { return first_dimension_ * second_dimension_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] const TensorSrhtOptions& options() const { return options_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Bytes of a plan: 4 for each sign, 16 for each pair of chosen entries.
    [[nodiscard]] std::int64_t bytes() const;
    /// Floating-point operations for `rows` pairs of rows, a real Fourier transform of length n
    /// counted as 2.5 n log2 n, a Hadamard transform as n log2 n.
    [[nodiscard]] double flops(Index rows) const;
    /// Var <z(x, y), z(other_x, other_y)>, exactly, for even and odd m.
    /// @throws DimensionMismatch unless x, other_x have first_dimension() entries and y, other_y
    ///   second_dimension().
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y,
                                  std::span<const float> other_x,
                                  std::span<const float> other_y) const;

    /// Named "tensor_srht"; its inputs are the first dimension. Options `second` (dimension),
    /// `transform` (fourier or hadamard) and `sampling` (independent or balanced).
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static TensorSrht from_description(const OperatorDescription& description);

    bool operator==(const TensorSrht&) const = default;

  private:
    Index first_dimension_;
    Index second_dimension_;
    Index outputs_;
    TensorSrhtOptions options_;
    Seed seed_;
};

/// Scratch memory for one thread that applies a plan; see `TensorSrht::Plan::workspace`.
class TensorSrht::Workspace {
  public:
    ~Workspace();
    Workspace(Workspace&&) noexcept;
    Workspace& operator=(Workspace&&) noexcept;

  private:
    friend class TensorSrht::Plan;
    struct Factors;
    explicit Workspace(std::unique_ptr<Factors> factors);

    std::unique_ptr<Factors> factors_;
};

/// A TensorSRHT with its signs, chosen entries and transforms drawn and prepared; a handle, cheap
/// to copy. May be used by any number of threads at once, each with its own workspace.
class TensorSrht::Plan {
  public:
    explicit Plan(const TensorSrht& distribution);

    [[nodiscard]] const TensorSrht& distribution() const { return distribution_; }
    [[nodiscard]] Workspace workspace() const;

    /// out.row(r) = scale * z(x.row(r), y.row(r)), on the calling thread. A row of the result
    /// depends on its own two rows only, to the last bit. `out` must not overlap x or y.
    /// @param x rows x first_dimension
    /// @param y rows x second_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree. That numbers are finite is the
    ///   caller's business here.
    void apply(MatrixView<const float> x, MatrixView<const float> y, MatrixView<float> out,
               float scale, Workspace& workspace) const;

    /// The same on the threads of `execution`, with the same bits.
    /// @throws also InvalidArgument, naming row and column, if a number is not finite.
    void apply(MatrixView<const float> x, MatrixView<const float> y, MatrixView<float> out,
               float scale, const Execution& execution) const;
    /// The same with the scale 1.
    void apply(MatrixView<const float> x, MatrixView<const float> y, MatrixView<float> out,
               const Execution& execution = {}) const;

  private:
    struct Drawn;

    void check_shapes(MatrixView<const float> x, MatrixView<const float> y,
                      MatrixView<float> out) const;

    TensorSrht distribution_;
    std::shared_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk::sketches
