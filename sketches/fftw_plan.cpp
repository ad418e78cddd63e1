#include "sketches/fourier_plan.hpp"

#include <sketchntk/core/error.hpp>

#include <fftw3.h>

#include <string>

namespace sketchntk::sketches {
namespace {

fftwf_complex* as_fftw(std::complex<float>* numbers) {
    return reinterpret_cast<fftwf_complex*>(numbers);
}

class FftwPlan : public FourierPlan {
  public:
    explicit FftwPlan(Index length) {
        AlignedVector<float> in(static_cast<std::size_t>(length));
        AlignedVector<std::complex<float>> out(static_cast<std::size_t>(length / 2 + 1));
        // Not FFTW_MEASURE: timings would choose the algorithm, and with it the bits.
        plan_ = fftwf_plan_dft_r2c_1d(static_cast<int>(length), in.data(), as_fftw(out.data()),
                                      FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
        if (plan_ == nullptr) {
            throw NumericalError("length: FFTW has no transform of length " +
                                 std::to_string(length));
        }
    }
    ~FftwPlan() override { fftwf_destroy_plan(plan_); }
    FftwPlan(const FftwPlan&) = delete;
    FftwPlan& operator=(const FftwPlan&) = delete;

    void execute(const float* in, std::complex<float>* out) const override {
        // FFTW's interface lacks the const; FFTW_PRESERVE_INPUT keeps the promise.
        fftwf_execute_dft_r2c(plan_, const_cast<float*>(in), as_fftw(out));
    }

  private:
    fftwf_plan plan_ = nullptr;
};

}  // namespace

std::unique_ptr<const FourierPlan> make_fftw_plan(Index length) {
    return std::make_unique<FftwPlan>(length);
}

}  // namespace sketchntk::sketches
