#include "sketches/fourier_plan.hpp"

#include "core/dispatch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>

namespace sketchntk::sketches {
namespace {

/// An array that the calling thread keeps; asking again may move it.
std::complex<float>* scratch(Index count) {
    thread_local AlignedVector<std::complex<float>> memory;
    if (memory.size() < static_cast<std::size_t>(count)) {
        memory.resize(static_cast<std::size_t>(count));
    }
    return memory.data();
}

/// exp(-2 pi i k / length) for k = 0, ..., length / 4, real and imaginary parts apart.
struct Twiddles {
    explicit Twiddles(Index length) {
        for (Index k = 0; k <= length / 4; ++k) {
            const double angle =
                -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length);
            real.push_back(static_cast<float>(std::cos(angle)));
            imaginary.push_back(static_cast<float>(std::sin(angle)));
        }
    }
    AlignedVector<float> real;
    AlignedVector<float> imaginary;
};

/// A frequency k and its mirror image half - k.
struct Pair {
    float real, imaginary, mirrored_real, mirrored_imaginary;
};

/// Let z be the complex row (even entries) + i (odd entries) of a real row of even length, Z its
/// transform and E, O those of even and odd entries. From Z[k] = E + i O and Z[half - k] =
/// conj(E) + i conj(O) to the real row's X[k] = E + w O and X[half - k] = conj(E - w O), where
/// w = exp(-2 pi i k / length).
struct Separate {
    [[gnu::always_inline]] static Pair pair(const Pair& z, float w_real, float w_imaginary) {
        const float even_real = 0.5F * (z.real + z.mirrored_real);
        const float even_imaginary = 0.5F * (z.imaginary - z.mirrored_imaginary);
        const float odd_real = 0.5F * (z.imaginary + z.mirrored_imaginary);
        const float odd_imaginary = 0.5F * (z.mirrored_real - z.real);
        const float turned_real = w_real * odd_real - w_imaginary * odd_imaginary;
        const float turned_imaginary = w_real * odd_imaginary + w_imaginary * odd_real;
        return {even_real + turned_real, even_imaginary + turned_imaginary, even_real - turned_real,
                turned_imaginary - even_imaginary};
    }
};

/// The way back, times 2: the backward transform of half the length sums half as many terms.
struct Combine {
    [[gnu::always_inline]] static Pair pair(const Pair& x, float w_real, float w_imaginary) {
        const float even_real = x.real + x.mirrored_real;
        const float even_imaginary = x.imaginary - x.mirrored_imaginary;
        const float turned_real = x.real - x.mirrored_real;
        const float turned_imaginary = x.imaginary + x.mirrored_imaginary;
        const float odd_real = w_real * turned_real + w_imaginary * turned_imaginary;
        const float odd_imaginary = w_real * turned_imaginary - w_imaginary * turned_real;
        return {even_real - odd_imaginary, even_imaginary + odd_real, even_real + odd_imaginary,
                odd_real - even_imaginary};
    }
};

constexpr Index block = 16;

/// So many pairs at once: the mirror images are turned round in arrays of their own, because
/// compilers do not vectorise loops over complex numbers in descending order.
template <typename Rule>
[[gnu::always_inline]] inline void convert_block(const float* in, const float* in_mirrored,
                                                 const float* w_real, const float* w_imaginary,
                                                 float* out, float* out_mirrored) {
    constexpr auto size = static_cast<std::size_t>(block);
    alignas(64) std::array<float, size> real, imaginary, mirrored_real, mirrored_imaginary;
    for (std::size_t i = 0; i < size; ++i) {
        real[i] = in[2 * i];
        imaginary[i] = in[2 * i + 1];
    }
    for (std::size_t i = 0; i < size; ++i) {
        mirrored_real[size - 1 - i] = in_mirrored[2 * i];
        mirrored_imaginary[size - 1 - i] = in_mirrored[2 * i + 1];
    }
    for (std::size_t i = 0; i < size; ++i) {
        const Pair found =
            Rule::pair({real[i], imaginary[i], mirrored_real[i], mirrored_imaginary[i]}, w_real[i],
                       w_imaginary[i]);
        real[i] = found.real;
        imaginary[i] = found.imaginary;
        mirrored_real[i] = found.mirrored_real;
        mirrored_imaginary[i] = found.mirrored_imaginary;
    }
    for (std::size_t i = 0; i < size; ++i) {
        out[2 * i] = real[i];
        out[2 * i + 1] = imaginary[i];
    }
    for (std::size_t i = 0; i < size; ++i) {
        out_mirrored[2 * i] = mirrored_real[size - 1 - i];
        out_mirrored[2 * i + 1] = mirrored_imaginary[size - 1 - i];
    }
}

/// All pairs but k = 0 and, for even `half`, k = half / 2; `in` and `out` may be the same.
template <typename Rule>
[[gnu::always_inline]] inline void convert_pairs(const float* in, const float* w_real,
                                                 const float* w_imaginary, Index half, float* out) {
    const Index end = (half + 1) / 2;
    Index k = 1;
    for (; k + block <= end; k += block) {
        const Index mirrored = half - k - block + 1;
        convert_block<Rule>(in + 2 * k, in + 2 * mirrored, w_real + k, w_imaginary + k, out + 2 * k,
                            out + 2 * mirrored);
    }
    for (; k < end; ++k) {
        const float* mirrored = in + 2 * (half - k);
        const Pair found = Rule::pair({in[2 * k], in[2 * k + 1], mirrored[0], mirrored[1]},
                                      w_real[k], w_imaginary[k]);
        out[2 * k] = found.real;
        out[2 * k + 1] = found.imaginary;
        out[2 * (half - k)] = found.mirrored_real;
        out[2 * (half - k) + 1] = found.mirrored_imaginary;
    }
}

SKETCHNTK_VECTOR_DISPATCH
void separate_pairs(float* spectrum, const float* w_real, const float* w_imaginary, Index half) {
    convert_pairs<Separate>(spectrum, w_real, w_imaginary, half, spectrum);
}

SKETCHNTK_VECTOR_DISPATCH
void combine_pairs(const float* in, const float* w_real, const float* w_imaginary, Index half,
                   float* out) {
    convert_pairs<Combine>(in, w_real, w_imaginary, half, out);
}

/// Even length: the row, taken as half as many complex numbers, transformed at half the cost; the
/// transforms of even and odd entries are then told apart by symmetry.
class EvenPlan : public FourierPlan {
  public:
    EvenPlan(Index length, MakeComplexPlan make_complex)
        : half_(length / 2), twiddles_(length), complex_(make_complex(length / 2)) {}

    void forward(const float* in, std::complex<float>* out) const override {
        complex_->forward(reinterpret_cast<const std::complex<float>*>(in), out);
        separate_pairs(reinterpret_cast<float*>(out), twiddles_.real.data(),
                       twiddles_.imaginary.data(), half_);
        const std::complex<float> first = out[0];
        out[0] = first.real() + first.imag();
        out[half_] = first.real() - first.imag();
        if (half_ % 2 == 0) out[half_ / 2] = std::conj(out[half_ / 2]);
    }

    void backward(const std::complex<float>* in, float* out) const override {
        std::complex<float>* combined = scratch(half_);
        combine_pairs(reinterpret_cast<const float*>(in), twiddles_.real.data(),
                      twiddles_.imaginary.data(), half_, reinterpret_cast<float*>(combined));
        const float first = in[0].real(), last = in[half_].real();
        combined[0] = {first + last, first - last};
        if (half_ % 2 == 0) combined[half_ / 2] = 2.0F * std::conj(in[half_ / 2]);
        complex_->backward(combined, reinterpret_cast<std::complex<float>*>(out));
    }

  private:
    Index half_;
    Twiddles twiddles_;
    std::unique_ptr<const ComplexFourierPlan> complex_;
};

class OddPlan : public FourierPlan {
  public:
    OddPlan(Index length, MakeComplexPlan make_complex)
        : length_(length), complex_(make_complex(length)) {}

    void forward(const float* in, std::complex<float>* out) const override {
        const auto [row, spectrum] = arrays();
        std::copy_n(in, length_, row);
        complex_->forward(row, spectrum);
        std::copy_n(spectrum, length_ / 2 + 1, out);
        out[0] = out[0].real();
    }

    void backward(const std::complex<float>* in, float* out) const override {
        const auto [row, spectrum] = arrays();
        spectrum[0] = in[0].real();
        for (Index k = 1; k <= length_ / 2; ++k) {
            spectrum[k] = in[k];
            spectrum[length_ - k] = std::conj(in[k]);
        }
        complex_->backward(spectrum, row);
        for (Index j = 0; j < length_; ++j) out[j] = row[j].real();
    }

  private:
    struct Arrays {
        std::complex<float>* row;
        std::complex<float>* spectrum;
    };
    [[nodiscard]] Arrays arrays() const {
        constexpr Index numbers_in_line = 8;
        const Index padded = (length_ + numbers_in_line - 1) / numbers_in_line * numbers_in_line;
        std::complex<float>* memory = scratch(2 * padded);
        return {memory, memory + padded};
    }

    Index length_;
    std::unique_ptr<const ComplexFourierPlan> complex_;
};

}  // namespace

std::unique_ptr<const FourierPlan> make_fourier_plan(Index length, MakeComplexPlan make_complex) {
    if (length % 2 == 0) return std::make_unique<EvenPlan>(length, make_complex);
    return std::make_unique<OddPlan>(length, make_complex);
}

}  // namespace sketchntk::sketches
