#include "sketches/fourier_plan.hpp"

#include <sketchntk/core/error.hpp>

#include <fftw3.h>

#include <string>

namespace sketchntk::sketches {
namespace {

/// FFTW's interface lacks the const; between different arrays it leaves the input alone.
fftwf_complex* as_fftw(const std::complex<float>* numbers) {
    return reinterpret_cast<fftwf_complex*>(const_cast<std::complex<float>*>(numbers));
}

/// One direction of it.
class FftwTransform {
  public:
    FftwTransform(Index length, int sign) {
        AlignedVector<std::complex<float>> in(static_cast<std::size_t>(length)), out(in.size());
        // Not FFTW_MEASURE: timings would choose the algorithm, and with it the bits.
        plan_ = fftwf_plan_dft_1d(static_cast<int>(length), as_fftw(in.data()), as_fftw(out.data()),
                                  sign, FFTW_ESTIMATE);
        if (plan_ == nullptr) {
            throw NumericalError("length: FFTW has no transform of length " +
                                 std::to_string(length));
        }
    }
    ~FftwTransform() { fftwf_destroy_plan(plan_); }
    FftwTransform(const FftwTransform&) = delete;
    FftwTransform& operator=(const FftwTransform&) = delete;

    void execute(const std::complex<float>* in, std::complex<float>* out) const {
        fftwf_execute_dft(plan_, as_fftw(in), as_fftw(out));
    }

  private:
    fftwf_plan plan_ = nullptr;
};

class FftwPlan : public ComplexFourierPlan {
  public:
    explicit FftwPlan(Index length)
        : forward_(length, FFTW_FORWARD), backward_(length, FFTW_BACKWARD) {}

    void forward(const std::complex<float>* in, std::complex<float>* out) const override {
        forward_.execute(in, out);
    }
    void backward(const std::complex<float>* in, std::complex<float>* out) const override {
        backward_.execute(in, out);
    }

  private:
    FftwTransform forward_;
    FftwTransform backward_;
};

}  // namespace

std::unique_ptr<const ComplexFourierPlan> make_fftw_plan(Index length) {
    return std::make_unique<FftwPlan>(length);
}

}  // namespace sketchntk::sketches
