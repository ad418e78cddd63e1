#pragma once

#include <sketchntk/core/matrix.hpp>

#include <complex>
#include <memory>

namespace sketchntk::sketches {

/// The boundary on which `FourierPlan::execute` wants both of its arrays.
inline constexpr std::size_t fourier_alignment = 64;

/// A prepared real-to-complex transform of one length.
class FourierPlan {
  public:
    virtual ~FourierPlan() = default;

    /// The transform of `in` (length entries, left as they are) to `out` (length / 2 + 1 entries).
    /// Both are aligned to `fourier_alignment`. Safe to call from several threads.
    virtual void execute(const float* in, std::complex<float>* out) const = 0;
};

/// The library's own transform: mixed radix, any length, about n times the sum of the prime
/// factors.
std::unique_ptr<const FourierPlan> make_mixed_radix_plan(Index length);

/// FFTW's transform, only in builds with SKETCHNTK_HAS_FFTW. Planning is not thread-safe.
std::unique_ptr<const FourierPlan> make_fftw_plan(Index length);

}  // namespace sketchntk::sketches
