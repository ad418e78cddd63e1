#include "sketches/lane_fourier.hpp"

#include "core/dispatch.hpp"

#include <algorithm>
#include <numbers>

namespace sketchntk::sketches {
namespace {

/// Floats of a complex entry of all lanes.
constexpr Index entry = 2 * row_lanes;
/// Complex entries, a power of four times two, that fit the first-level cache with room to spare.
constexpr Index length_in_cache = 128;

using Root = std::complex<float>;

/// The first `count` powers of exp(-2 pi i / length), computed in float64.
std::vector<Root> roots_of_unity(Index length, Index count) {
    std::vector<Root> roots;
    for (Index j = 0; j < count; ++j) {
        const double turn = static_cast<double>(j) / static_cast<double>(length);
        roots.emplace_back(std::polar(1.0, -2 * std::numbers::pi * turn));
    }
    return roots;
}

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
inline Complex times(Complex a, Root b) {
    return {a.real * b.real() - a.imaginary * b.imag(), a.real * b.imag() + a.imaginary * b.real()};
}

/// The roots by which the results 1 to 3 of a butterfly are turned.
struct Turns {
    Root first;
    Root second;
    Root third;
};

/// The transform of length 4 of one lane, its results turned and put into lane l of four entries.
[[gnu::always_inline]] inline void butterfly(Complex a, Complex b, Complex c, Complex d,
                                             const Turns& turns, float* out, Index distance,
                                             Index l) {
    const Complex sum_ac = a + c, difference_ac = a - c;
    const Complex sum_bd = b + d, difference_bd = b - d;
    // -i times the difference.
    const Complex turned{difference_bd.imaginary, -difference_bd.real};
    const auto put = [out, l](Index at, Complex value) {
        out[at + l] = value.real;
        out[at + row_lanes + l] = value.imaginary;
    };
    put(0, sum_ac + sum_bd);
    put(distance, times(difference_ac + turned, turns.first));
    put(2 * distance, times(sum_ac - sum_bd, turns.second));
    put(3 * distance, times(difference_ac - turned, turns.third));
}

[[gnu::always_inline]] inline Complex lane(const float* entry_of_lanes, Index l) {
    return {entry_of_lanes[l], entry_of_lanes[row_lanes + l]};
}

[[gnu::always_inline]] inline Turns turns_of(const Root* roots, Index power) {
    return {roots[power], roots[2 * power], roots[3 * power]};
}

/// One step of the transform with decimation in frequency: quarter r of the result is to be
/// transformed on, and will hold the frequencies 4 f + r.
/// @param step the length of the whole transform over `length`
[[gnu::always_inline]] inline void split_in_four(float* lanes, Index length, const Root* roots,
                                                 Index step) {
    const Index quarter = length / 4 * entry;
    for (Index j = 0; j < length / 4; ++j) {
        float* const a = lanes + j * entry;
        const Turns turns = turns_of(roots, j * step);
#pragma GCC ivdep
        for (Index l = 0; l < row_lanes; ++l) {
            butterfly(lane(a, l), lane(a + quarter, l), lane(a + 2 * quarter, l),
                      lane(a + 3 * quarter, l), turns, a, quarter, l);
        }
    }
}

[[gnu::always_inline]] inline void transform_pair(float* __restrict a, float* __restrict b) {
    for (Index l = 0; l < entry; ++l) {
        const float sum = a[l] + b[l];
        b[l] = a[l] - b[l];
        a[l] = sum;
    }
}

/// Complex entry j of the input: missing ones are zeros.
[[gnu::always_inline]] inline const float* entry_at(const SignedLanes& in, Index j) {
    return j < in.entries ? in.lanes + j * entry : j == in.entries ? in.last : in.zeros;
}

[[gnu::always_inline]] inline Complex signed_lane(const float* entry_of_lanes, const float* signs,
                                                  Index l) {
    return {signs[0] * entry_of_lanes[l], signs[1] * entry_of_lanes[row_lanes + l]};
}

/// The first step for rows that are still to be multiplied by signs and padded.
SKETCHNTK_VECTOR_DISPATCH
void first_step_of_signed(const SignedLanes& in, float* __restrict out, Index length,
                          const Root* roots) {
    const Index quarter = length / 4;
    for (Index j = 0; j < quarter; ++j) {
        const float* const a = entry_at(in, j);
        const float* const b = entry_at(in, j + quarter);
        const float* const c = entry_at(in, j + 2 * quarter);
        const float* const d = entry_at(in, j + 3 * quarter);
        const float* const signs = in.signs + 2 * j;
        const Turns turns = turns_of(roots, j);
#pragma GCC ivdep
        for (Index l = 0; l < row_lanes; ++l) {
            butterfly(signed_lane(a, signs, l), signed_lane(b, signs + 2 * quarter, l),
                      signed_lane(c, signs + 4 * quarter, l),
                      signed_lane(d, signs + 6 * quarter, l), turns, out + j * entry,
                      quarter * entry, l);
        }
    }
}

SKETCHNTK_VECTOR_DISPATCH
void first_step(float* lanes, Index length, const Root* roots, Index step) {
    split_in_four(lanes, length, roots, step);
}

SKETCHNTK_VECTOR_DISPATCH
void transform_in_cache(float* lanes, Index length, const Root* roots, Index step) {
    Index part = length;
    for (; part >= 4; part /= 4, step *= 4) {
        for (Index first = 0; first < length; first += part) {
            split_in_four(lanes + first * entry, part, roots, step);
        }
    }
    if (part != 2) return;
    for (Index first = 0; first < length; first += 2) {
        transform_pair(lanes + first * entry, lanes + (first + 1) * entry);
    }
}

/// Depth first, so that parts which fit the cache are finished while they are in it.
void transform_part(float* lanes, Index length, const Root* roots, Index step) {
    if (length <= length_in_cache) {
        transform_in_cache(lanes, length, roots, step);
        return;
    }
    first_step(lanes, length, roots, step);
    const Index quarter = length / 4;
    for (Index r = 0; r < 4; ++r) {
        transform_part(lanes + r * quarter * entry, quarter, roots, 4 * step);
    }
}

Index position_in(Index frequency, Index length) {
    if (length <= 2) return frequency;
    return frequency % 4 * (length / 4) + position_in(frequency / 4, length / 4);
}

/// Frequencies k and h - k of a real row of length 2 h, from those of its even and odd entries
/// taken as real and imaginary parts.
[[gnu::always_inline]] inline void tell_apart(float* z, float* mirrored, Root root) {
    const float root_real = root.real(), root_imag = root.imag();
    for (Index l = 0; l < row_lanes; ++l) {
        const Index i = row_lanes + l;
        const float even_real = 0.5F * (z[l] + mirrored[l]);
        const float even_imag = 0.5F * (z[i] - mirrored[i]);
        const float odd_real = 0.5F * (z[i] + mirrored[i]);
        const float odd_imag = 0.5F * (mirrored[l] - z[l]);
        const float turned_real = odd_real * root_real - odd_imag * root_imag;
        const float turned_imag = odd_real * root_imag + odd_imag * root_real;
        z[l] = even_real + turned_real;
        z[i] = even_imag + turned_imag;
        mirrored[l] = even_real - turned_real;
        mirrored[i] = turned_imag - even_imag;
    }
}

SKETCHNTK_VECTOR_DISPATCH
void tell_all_apart(float* __restrict lanes, Index half, const std::int32_t* positions,
                    const Root* roots) {
    float* const last = lanes + half * entry;
    for (Index l = 0; l < row_lanes; ++l) {
        const float even = lanes[l], odd = lanes[row_lanes + l];
        lanes[l] = even + odd;
        lanes[row_lanes + l] = 0.0F;
        last[l] = even - odd;
        last[row_lanes + l] = 0.0F;
    }
    for (Index k = 1; 2 * k <= half; ++k) {
        tell_apart(lanes + positions[k] * entry, lanes + positions[half - k] * entry, roots[k]);
    }
}

}  // namespace

SignedLanes::SignedLanes(const float* in_lanes, Index numbers, const float* in_signs)
    : lanes(in_lanes), entries(numbers / 2), signs(in_signs) {
    if (numbers % 2 == 1) std::copy_n(lanes + entries * entry, row_lanes, last);
}

LaneFourier::LaneFourier(Index length) : length_(length), roots_(roots_of_unity(length, length)) {}

void LaneFourier::transform(float* lanes) const {
    transform_part(lanes, length_, roots_.data(), 1);
}

void LaneFourier::transform(const SignedLanes& in, float* out) const {
    if (length_ >= 4) {
        first_step_of_signed(in, out, length_, roots_.data());
        const Index quarter = length_ / 4;
        for (Index r = 0; r < 4; ++r) {
            transform_part(out + r * quarter * entry, quarter, roots_.data(), 4);
        }
        return;
    }
    for (Index j = 0; j < length_; ++j) {
        const float* const from = entry_at(in, j);
        for (Index l = 0; l < entry; ++l) {
            out[j * entry + l] = in.signs[2 * j + l / row_lanes] * from[l];
        }
    }
    transform(out);
}

Index LaneFourier::position(Index frequency) const {
    return position_in(frequency, length_);
}

RealLaneFourier::RealLaneFourier(Index length)
    : half_(length / 2), roots_(roots_of_unity(length, length / 4 + 1)) {
    for (Index f = 0; f < half_.length(); ++f) {
        positions_.push_back(static_cast<std::int32_t>(half_.position(f)));
    }
}

void RealLaneFourier::transform(const SignedLanes& in, float* out) const {
    half_.transform(in, out);
    tell_all_apart(out, half_.length(), positions_.data(), roots_.data());
}

Index RealLaneFourier::position(Index frequency) const {
    return frequency == half_.length() ? frequency
                                       : positions_[static_cast<std::size_t>(frequency)];
}

}  // namespace sketchntk::sketches
