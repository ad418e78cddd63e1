#pragma once

#include <sketchntk/core/matrix.hpp>

#include <complex>
#include <memory>
#include <span>

namespace sketchntk::sketches {

class FourierPlan;

/// The discrete Fourier transform of real rows, not normalised:
///
///     out[k] = sum_j in[j] exp(-2 pi i j k / n),   k = 0, ..., floor(n / 2);
///
/// the other frequencies are the conjugates, out[n - k] = conj(out[k]). `inverse` is the way back,
/// times n.
///
/// Computed by FFTW where the build has it, by the library's own mixed-radix transform otherwise:
/// any length works, about 2.5 n log2 n flops for the lengths that `good_length` gives; odd lengths
/// take twice as long, large prime factors longer still. The two agree to rounding; on one machine
/// and build the bits are always the same, wherever the data lies in memory and whichever thread
/// asks.
///
/// An object is a handle to a plan that is made once for each length and kept until the process
/// ends: cheap to copy, and safe to use from any number of threads.
class RealFourierTransform {
  public:
    /// @throws InvalidArgument unless 1 <= length <= 2^30.
    explicit RealFourierTransform(Index length);

    [[nodiscard]] Index length() const { return length_; }
    /// Number of frequencies that the transform gives: floor(length / 2) + 1.
    [[nodiscard]] Index frequencies() const { return length_ / 2 + 1; }

    /// Transforms one row. `in` has `length()` entries, `out` has `frequencies()`; they must not
    /// overlap. Fastest where both begin on 64-byte boundaries (elsewhere they are copied).
    /// @throws DimensionMismatch if a size is wrong.
    void transform(std::span<const float> in, std::span<std::complex<float>> out) const;

    /// The way back from `frequencies()` complex numbers to one row of `length()` entries, not
    /// normalised: n times the row whose transform is `in`,
    ///
    ///     out[j] = sum_k in[k] exp(+2 pi i j k / n),   k = 0, ..., n - 1, in[n - k] = conj(in[k]).
    ///
    /// What a real row makes real, in[0] and for even n in[n / 2], counts as real: imaginary parts
    /// there are not looked at. `in` keeps its values; it must not overlap `out`. Costs what
    /// `transform` costs, with the same guarantees.
    /// @throws DimensionMismatch if a size is wrong.
    void inverse(std::span<const std::complex<float>> in, std::span<float> out) const;

    /// Transforms each row of `in` (rows x length) into the same row of `out` (rows x frequencies).
    /// Fastest where both have aligned rows (strides of 16 floats and 8 complex numbers).
    /// @throws DimensionMismatch if the shapes do not agree.
    void transform_rows(MatrixView<const float> in, MatrixView<std::complex<float>> out) const;

    /// The smallest even number that is at least `at_least` and has no prime factor above 7: the
    /// length to pad to with zeros. The same in every build, because operators defined on the
    /// padded row depend on it.
    /// @throws InvalidArgument if at_least < 0 or at_least > 2^30.
    [[nodiscard]] static Index good_length(Index at_least);

  private:
    Index length_;
    std::shared_ptr<const FourierPlan> plan_;
};

}  // namespace sketchntk::sketches
