#pragma once

#include <sketchntk/core/matrix.hpp>

#include <complex>
#include <memory>

namespace sketchntk::sketches {

/// The boundary on which plans want their arrays.
inline constexpr std::size_t fourier_alignment = 64;

/// A prepared complex transform of one length, from one aligned array to another, not normalised.
/// Safe to call from several threads; the input is left as it is.
class ComplexFourierPlan {
  public:
    virtual ~ComplexFourierPlan() = default;

    /// out[k] = sum_j in[j] exp(-2 pi i j k / length)
    virtual void forward(const std::complex<float>* in, std::complex<float>* out) const = 0;
    /// The same with exp(+2 pi i j k / length).
    virtual void backward(const std::complex<float>* in, std::complex<float>* out) const = 0;
};

using MakeComplexPlan = std::unique_ptr<const ComplexFourierPlan> (*)(Index length);

/// The library's own transform: mixed radix, any length, about n times the sum of the prime
/// factors.
std::unique_ptr<const ComplexFourierPlan> make_mixed_radix_plan(Index length);

/// FFTW's transform, only in builds with SKETCHNTK_HAS_FFTW. Planning is not thread-safe.
std::unique_ptr<const ComplexFourierPlan> make_fftw_plan(Index length);

/// A prepared transform of real rows of one length, and its inverse but for the factor 1/length.
/// Arrays are aligned to `fourier_alignment` and do not overlap. Safe to call from several threads.
class FourierPlan {
  public:
    virtual ~FourierPlan() = default;

    /// `length` real numbers to length / 2 + 1 frequencies.
    virtual void forward(const float* in, std::complex<float>* out) const = 0;
    /// And back; imaginary parts of frequencies that a real row makes real are not looked at.
    virtual void backward(const std::complex<float>* in, float* out) const = 0;
};

/// Real rows by complex transforms: an even length at the price of half the length. FFTW's own
/// transforms of real rows, planned without measuring, take more than twice as long.
std::unique_ptr<const FourierPlan> make_fourier_plan(Index length, MakeComplexPlan make_complex);

}  // namespace sketchntk::sketches
