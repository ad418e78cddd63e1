#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/sketches/fourier.hpp>

#include <complex>
#include <cstdint>
#include <vector>

namespace sketchntk::sketches {

/// TensorSRHT of degree 2: a random linear map of the tensor product x (x) y of two vectors to m
/// real numbers, at the price of one Fourier transform of each factor (Ahle et al. 2020; with the
/// complex discrete Fourier transform in place of Hadamard's, as in the code of Zandieh et al.
/// 2021):
///
///     z_k = sqrt(2 / m) F(D1 x)[i_k] F(D2 y)[j_k],   output [Re z, Im z],   k < m / 2,
///
/// where D1, D2 are diagonal random signs, F the unnormalised Fourier transform of the factor
/// padded with zeros to n1, n2 entries (`RealFourierTransform::good_length`), and i_k, j_k
/// independent and uniform on all n1, n2 frequencies. For odd m a last product follows, of which
/// one part, real or imaginary with probability 1/2, is the last output. Then for every m
///
///     E <z(x, y), z(x', y')> = <x, x'> <y, y'>,
///
/// and for even m the variance is 2 / m times
///
///     (P(x, x') P(y, y') + Q(x, x') Q(y, y')) / 2 - <x, x'>^2 <y, y'>^2,
///     P(x, x') = |x|^2 |x'|^2 + <x, x'>^2 - sum_p x_p^2 x'_p^2 + sum_p x_p x'_p x_q x'_q,
///     Q(x, x') = 2 <x, x'>^2 - sum_p x_p^2 x'_p^2 + sum_p x_p^2 x'_q^2,
///
/// with sums over the padded factor and q = p + n / 2 modulo n; so about 2 |x|^2 |x'|^2 |y|^2
/// |y'|^2 / m for vectors in general position.
///
/// This object is the distribution and the seed; `Plan` applies it.
class TensorSrht {
  public:
    class Plan;
    class Workspace;

    /// @param outputs m, the number of real outputs.
    /// @throws InvalidArgument unless dimensions and outputs are 1 to 2^30.
    TensorSrht(Index first_dimension, Index second_dimension, Index outputs, Seed seed);

    [[nodiscard]] Index first_dimension() const { return first_dimension_; }
    [[nodiscard]] Index second_dimension() const { return second_dimension_; }
    /// Length of x (x) y: first_dimension() * second_dimension().
    [[nodiscard]] Index input_dimension() const { return first_dimension_ * second_dimension_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Bytes of a plan: 4 for each sign, 16 for each pair of frequencies.
    [[nodiscard]] std::int64_t bytes() const;
    /// Floating-point operations for `rows` pairs of rows, a real transform of length n counted as
    /// 2.5 n log2 n.
    [[nodiscard]] double flops(Index rows) const;

    bool operator==(const TensorSrht&) const = default;

  private:
    Index first_dimension_;
    Index second_dimension_;
    Index outputs_;
    Seed seed_;
};

/// Scratch memory for one thread that applies a plan; see `TensorSrht::Plan::workspace`.
class TensorSrht::Workspace {
  public:
    Workspace(const RealFourierTransform& first, const RealFourierTransform& second);

  private:
    friend class TensorSrht::Plan;

    struct Factor {
        explicit Factor(const RealFourierTransform& transform);
        AlignedVector<float> padded;
        AlignedVector<std::complex<float>> spectrum;
    };
    Factor first_;
    Factor second_;
};

/// A TensorSRHT with its signs, frequencies and transforms drawn and prepared; may be used by any
/// number of threads at once, each with its own workspace.
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
    /// @throws DimensionMismatch if the shapes do not agree.
    void apply(MatrixView<const float> x, MatrixView<const float> y, MatrixView<float> out,
               float scale, Workspace& workspace) const;

    /// The same on the threads of `execution`, with the same bits.
    void apply(MatrixView<const float> x, MatrixView<const float> y, MatrixView<float> out,
               float scale, const Execution& execution) const;

  private:
    /// A random sign for each entry of a factor, and where to find each chosen frequency: the
    /// transform of a real row gives only the lower half circle, the others are conjugates of it.
    struct Factor {
        Factor(Index dimension, Index products, Seed seed, Index number);
        void transform(std::span<const float> row, Workspace::Factor& workspace) const;

        RealFourierTransform fourier;
        AlignedVector<float> signs;
        std::vector<std::int32_t> positions;
        std::vector<float> conjugations;
    };

    void check_shapes(MatrixView<const float> x, MatrixView<const float> y,
                      MatrixView<float> out) const;
    void multiply(const Workspace& workspace, std::span<float> out, float scale) const;

    TensorSrht distribution_;
    Factor first_;
    Factor second_;
    bool last_is_imaginary_;
};

}  // namespace sketchntk::sketches
