#pragma once

#include <bit>
#include <cstdint>

namespace sketchntk {

/// Elementary functions of our own, because those of the C library differ between machines in the
/// last bit. Branch-free, so that loops over them vectorise; float32 sums and products in a fixed
/// order, so that every compiler and instruction set gives the same bits.

/// (word + 1/2) / 2^32, rounded once: a number in [2^-33, 1].
inline float unit_interval(std::uint32_t word) {
    const auto high = static_cast<float>(static_cast<std::int32_t>(word >> 16));
    const auto low = static_cast<float>(static_cast<std::int32_t>(word & 0xffffU));
    return (high * 0x1p16F + (low + 0.5F)) * 0x1p-32F;
}

/// The natural logarithm of a positive normal number, relative error below 2e-7.
inline float natural_logarithm(float x) {
    // x = 2^exponent m with m in [1/sqrt 2, sqrt 2).
    constexpr std::uint32_t root_half = 0x3f3504f3U;
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    const std::int32_t exponent = static_cast<std::int32_t>(bits - root_half) >> 23;
    const float m = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23));
    // ln m = 2 artanh(s); the series after s^9 leaves 2e-9 at the largest s = 0.172.
    const float s = (m - 1.0F) / (m + 1.0F);
    const float t = s * s;
    const float series =
        t * (1.0F / 3.0F + t * (1.0F / 5.0F + t * (1.0F / 7.0F + t * (1.0F / 9.0F))));
    constexpr float ln2 = 0x1.62e43p-1F;
    return static_cast<float>(exponent) * ln2 + (2.0F * s + 2.0F * s * series);
}

struct SineCosine {
    float sine;
    float cosine;
};

/// Sine and cosine of the angle 2 pi word / 2^32, absolute error below 1.2e-7.
inline SineCosine sine_cosine_of_turn(std::uint32_t word) {
    // The angle is `quarter` right angles and a rest within half a right angle of zero.
    const std::uint32_t quarter = (word + (1U << 29)) >> 30;
    const auto rest = static_cast<std::int32_t>(word - (quarter << 30));
    const float x = static_cast<float>(rest) * 0x1.921fb6p-30F;
    const float t = x * x;
    // The Taylor series leave 2e-9 and 2e-10 at |x| = pi/4.
    const float sine =
        x + x * (t * (-1.0F / 6.0F +
                      t * (1.0F / 120.0F + t * (-1.0F / 5040.0F + t * (1.0F / 362880.0F)))));
    const float cosine =
        1.0F + t * (-1.0F / 2.0F +
                    t * (1.0F / 24.0F +
                         t * (-1.0F / 720.0F + t * (1.0F / 40320.0F + t * (-1.0F / 3628800.0F)))));
    // A quarter turn takes (sine, cosine) to (cosine, -sine).
    const std::uint32_t swap = 0U - (quarter & 1U);
    const std::uint32_t sine_bits = std::bit_cast<std::uint32_t>(sine);
    const std::uint32_t cosine_bits = std::bit_cast<std::uint32_t>(cosine);
    const std::uint32_t exchange = (sine_bits ^ cosine_bits) & swap;
    const std::uint32_t sine_sign = (quarter & 2U) << 30;
    const std::uint32_t cosine_sign = ((quarter + 1U) & 2U) << 30;
    return {std::bit_cast<float>((sine_bits ^ exchange) ^ sine_sign),
            std::bit_cast<float>((cosine_bits ^ exchange) ^ cosine_sign)};
}

}  // namespace sketchntk
