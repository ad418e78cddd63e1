#include "core/dispatch.hpp"
#include "sketches/fourier_plan.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

/// Before a loop whose iterations touch different entries, which the compiler cannot see.
#ifdef __clang__
#define SKETCHNTK_INDEPENDENT_ITERATIONS
#else
#define SKETCHNTK_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#endif

namespace sketchntk::sketches {
namespace {

/// Real and imaginary parts apart, so that the loops below vectorise.
struct Split {
    float* real;
    float* imaginary;
};

struct Complex {
    float real;
    float imaginary;
};
inline Complex operator+(Complex a, Complex b) {
    return {a.real + b.real, a.imaginary + b.imaginary};
}
inline Complex operator-(Complex a, Complex b) {
    return {a.real - b.real, a.imaginary - b.imaginary};
}
inline Complex operator*(Complex a, Complex b) {
    return {a.real * b.real - a.imaginary * b.imaginary,
            a.real * b.imaginary + a.imaginary * b.real};
}

/// exp(-2 pi i k / n), computed in float64.
Complex root_of_unity(Index k, Index n) {
    const double angle =
        -2 * std::numbers::pi * static_cast<double>(k % n) / static_cast<double>(n);
    return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

/// One step of the Stockham transform (Cochran et al. 1967): `stride` interleaved transforms of
/// length radix * rest become radix * stride ones of length rest, in order, without a bit reversal.
struct Stage {
    Index radix;
    Index rest;
    Index stride;
    /// exp(-2 pi i p k / (radix rest)) at [k rest + p].
    AlignedVector<float> twiddle_real;
    AlignedVector<float> twiddle_imaginary;
    /// exp(-2 pi i k / radix) at [k].
    std::vector<Complex> roots;
};

Stage make_stage(Index radix, Index rest, Index stride) {
    Stage stage{radix, rest, stride, {}, {}, {}};
    for (Index k = 0; k < radix; ++k) {
        stage.roots.push_back(root_of_unity(k, radix));
        for (Index p = 0; p < rest; ++p) {
            const Complex twiddle = root_of_unity(p * k, radix * rest);
            stage.twiddle_real.push_back(twiddle.real);
            stage.twiddle_imaginary.push_back(twiddle.imaginary);
        }
    }
    return stage;
}

/// The transform of `radix` numbers in place, radix odd: entries j and radix - j are taken
/// together, since their roots are conjugates.
template <std::size_t radix>
[[gnu::always_inline]] inline void small_transform(std::array<Complex, radix>& a,
                                                   const std::array<Complex, radix>& roots) {
    constexpr std::size_t half = (radix - 1) / 2;
    std::array<Complex, half + 1> sums;
    std::array<Complex, half + 1> differences;
    const Complex first = a[0];
#pragma GCC unroll 4
    for (std::size_t j = 1; j <= half; ++j) {
        sums[j] = a[j] + a[radix - j];
        differences[j] = a[j] - a[radix - j];
        a[0] = a[0] + sums[j];
    }
#pragma GCC unroll 4
    for (std::size_t k = 1; k <= half; ++k) {
        Complex even = first;
        Complex odd{0.0F, 0.0F};
#pragma GCC unroll 4
        for (std::size_t j = 1; j <= half; ++j) {
            const Complex root = roots[j * k % radix];
            even = even + Complex{root.real * sums[j].real, root.real * sums[j].imaginary};
            odd = odd + Complex{-root.imaginary * differences[j].imaginary,
                                root.imaginary * differences[j].real};
        }
        a[k] = even + odd;
        a[radix - k] = even - odd;
    }
}
template <>
[[gnu::always_inline]] inline void small_transform<2>(std::array<Complex, 2>& a,
                                                      const std::array<Complex, 2>&) {
    a = {a[0] + a[1], a[0] - a[1]};
}
template <>
[[gnu::always_inline]] inline void small_transform<4>(std::array<Complex, 4>& a,
                                                      const std::array<Complex, 4>&) {
    const Complex sum02 = a[0] + a[2];
    const Complex difference02 = a[0] - a[2];
    const Complex sum13 = a[1] + a[3];
    const Complex difference13 = a[1] - a[3];
    const Complex turned = {difference13.imaginary, -difference13.real};
    a = {sum02 + sum13, difference02 + turned, sum02 - sum13, difference02 - turned};
}

/// Entry (p, q) of a stage: what it reads is at q + stride (p + rest j), what it writes at
/// q + stride (radix p + k).
template <std::size_t radix>
[[gnu::always_inline]] inline void butterfly(Split in, Split out, Index rest, Index stride,
                                             const std::array<Complex, radix>& twiddles,
                                             const std::array<Complex, radix>& roots, Index p,
                                             Index q) {
    std::array<Complex, radix> a;
#pragma GCC unroll 8
    for (std::size_t j = 0; j < radix; ++j) {
        const Index at = q + stride * (p + rest * static_cast<Index>(j));
        a[j] = {in.real[at], in.imaginary[at]};
    }
    small_transform<radix>(a, roots);
#pragma GCC unroll 8
    for (std::size_t k = 0; k < radix; ++k) {
        const Complex value = k == 0 ? a[0] : a[k] * twiddles[k];
        const Index at = q + stride * (static_cast<Index>(radix) * p + static_cast<Index>(k));
        out.real[at] = value.real;
        out.imaginary[at] = value.imaginary;
    }
}

template <std::size_t radix>
[[gnu::always_inline]] inline void run_radix(const Stage& stage, Split in, Split out) {
    const Index rest = stage.rest;
    const Index stride = stage.stride;
    const float* twiddle_real = stage.twiddle_real.data();
    const float* twiddle_imaginary = stage.twiddle_imaginary.data();
    std::array<Complex, radix> roots;
    for (std::size_t k = 0; k < radix; ++k) roots[k] = stage.roots[k];
    const auto twiddles_of = [&](Index p) {
        std::array<Complex, radix> twiddles;
#pragma GCC unroll 8
        for (std::size_t k = 0; k < radix; ++k) {
            const Index at = static_cast<Index>(k) * rest + p;
            twiddles[k] = {twiddle_real[at], twiddle_imaginary[at]};
        }
        return twiddles;
    };
    if (stride == 1) {
        SKETCHNTK_INDEPENDENT_ITERATIONS
        for (Index p = 0; p < rest; ++p) {
            butterfly<radix>(in, out, rest, 1, twiddles_of(p), roots, p, 0);
        }
        return;
    }
    for (Index p = 0; p < rest; ++p) {
        const std::array<Complex, radix> twiddles = twiddles_of(p);
        SKETCHNTK_INDEPENDENT_ITERATIONS
        for (Index q = 0; q < stride; ++q) {
            butterfly<radix>(in, out, rest, stride, twiddles, roots, p, q);
        }
    }
}

/// For prime factors that have no butterfly of their own.
void run_any_radix(const Stage& stage, Split in, Split out) {
    for (Index p = 0; p < stage.rest; ++p) {
        for (Index q = 0; q < stage.stride; ++q) {
            for (Index k = 0; k < stage.radix; ++k) {
                Complex sum{0.0F, 0.0F};
                for (Index j = 0; j < stage.radix; ++j) {
                    const Index at = q + stage.stride * (p + stage.rest * j);
                    sum = sum + Complex{in.real[at], in.imaginary[at]} *
                                    stage.roots[static_cast<std::size_t>(j * k % stage.radix)];
                }
                const auto twiddle = static_cast<std::size_t>(k * stage.rest + p);
                sum = sum * Complex{stage.twiddle_real[twiddle], stage.twiddle_imaginary[twiddle]};
                const Index at = q + stage.stride * (stage.radix * p + k);
                out.real[at] = sum.real;
                out.imaginary[at] = sum.imaginary;
            }
        }
    }
}

SKETCHNTK_VECTOR_DISPATCH
void run_stage(const Stage& stage, Split in, Split out) {
    switch (stage.radix) {
        case 2:
            return run_radix<2>(stage, in, out);
        case 3:
            return run_radix<3>(stage, in, out);
        case 4:
            return run_radix<4>(stage, in, out);
        case 5:
            return run_radix<5>(stage, in, out);
        case 7:
            return run_radix<7>(stage, in, out);
        default:
            return run_any_radix(stage, in, out);
    }
}

/// The order in which factors are tried: 4, 2, then the odd numbers.
Index next_radix(Index radix) {
    if (radix == 4) return 2;
    return radix == 2 ? 3 : radix + 2;
}

class ComplexTransform {
  public:
    explicit ComplexTransform(Index length) {
        Index rest = length;
        Index stride = 1;
        for (Index radix = 4; rest > 1; radix = next_radix(radix)) {
            while (rest % radix == 0) {
                rest /= radix;
                stages_.push_back(make_stage(radix, rest, stride));
                stride *= radix;
            }
        }
    }

    /// Transforms `from`, using `other` as scratch; the one of the two that is returned has the
    /// result.
    Split execute(Split from, Split other) const {
        for (const Stage& stage : stages_) {
            run_stage(stage, from, other);
            std::swap(from, other);
        }
        return from;
    }

  private:
    std::vector<Stage> stages_;
};

/// Four arrays of `length` floats that the calling thread keeps, three cache lines further apart
/// than their length: arrays a power of two apart would contend for the same lines of the cache.
std::array<float*, 4> scratch(Index length) {
    thread_local AlignedVector<float> memory;
    const Index padded = (length + 15) / 16 * 16 + 48;
    const auto size = static_cast<std::size_t>(4 * padded);
    if (memory.size() < size) memory.resize(size);
    float* first = memory.data();
    return {first, first + padded, first + 2 * padded, first + 3 * padded};
}

SKETCHNTK_VECTOR_DISPATCH
void take_apart(const float* in, Index length, float* real, float* imaginary) {
    for (Index j = 0; j < length; ++j) {
        real[j] = in[2 * j];
        imaginary[j] = in[2 * j + 1];
    }
}

SKETCHNTK_VECTOR_DISPATCH
void put_together(const float* real, const float* imaginary, Index length, float* out) {
    for (Index j = 0; j < length; ++j) {
        out[2 * j] = real[j];
        out[2 * j + 1] = imaginary[j];
    }
}

class MixedRadixPlan : public ComplexFourierPlan {
  public:
    explicit MixedRadixPlan(Index length) : length_(length), transform_(length) {}

    void forward(const std::complex<float>* in, std::complex<float>* out) const override {
        const auto [a, b, c, d] = scratch(length_);
        take_apart(reinterpret_cast<const float*>(in), length_, a, b);
        const Split z = transform_.execute({a, b}, {c, d});
        put_together(z.real, z.imaginary, length_, reinterpret_cast<float*>(out));
    }

    /// With real and imaginary parts exchanged before and after, the forward transform is the
    /// backward one.
    void backward(const std::complex<float>* in, std::complex<float>* out) const override {
        const auto [a, b, c, d] = scratch(length_);
        take_apart(reinterpret_cast<const float*>(in), length_, b, a);
        const Split z = transform_.execute({a, b}, {c, d});
        put_together(z.imaginary, z.real, length_, reinterpret_cast<float*>(out));
    }

  private:
    Index length_;
    ComplexTransform transform_;
};

}  // namespace

std::unique_ptr<const ComplexFourierPlan> make_mixed_radix_plan(Index length) {
    return std::make_unique<MixedRadixPlan>(length);
}

}  // namespace sketchntk::sketches
