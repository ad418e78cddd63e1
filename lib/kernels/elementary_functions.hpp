#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// Elementary functions in float32 and float64 that loops around them vectorise, with the same bits
// on every machine: multiply-adds are fused by name, and nothing is called.
namespace sketchntk::elementary {

// Sanitizers' builds have the baseline's instructions only, where it would be a call for each
// number.
template <typename T>
[[gnu::always_inline]] inline T multiply_add(T a, T b, T c) {
#ifdef __SANITIZE_ADDRESS__
    return a * b + c;
#else
    return std::fma(a, b, c);
#endif
}

// Horner's rule, unrolled by the template: the compilers give up vectorising the loop around a loop
// of nineteen steps.
template <std::size_t First, typename T, std::size_t Count>
[[gnu::always_inline]] inline T evaluate(const T (&coefficients)[Count], T w) {
    if constexpr (First + 1 == Count)
        return coefficients[First];
    else
        return multiply_add(evaluate<First + 1>(coefficients, w), w, coefficients[First]);
}

// scripts/generate_elementary_polynomials.py
template <typename T>
struct Polynomials;

template <>
struct Polynomials<float> {
    static constexpr float arctangent[] = {0.9999999818F,  -0.3333303671F,  0.1999187203F,
                                           -0.1419779779F, 0.1061837064F,   -0.07456854826F,
                                           0.04213762359F, -0.01573124912F, 0.002766283502F};
    static constexpr float exponential[] = {1.000000011F,   0.5000000013F,   0.1666650526F,
                                            0.04166646501F, 0.008369148491F, 0.001393364103F};
};

template <>
struct Polynomials<double> {
    static constexpr double arctangent[] = {
        0.999999999999999995,    -0.333333333333328582,    0.199999999999299472,
        -0.142857142815926924,   0.111111109820871253,     -0.0909090660565689876,
        0.0769227555520562999,   -0.0666637118772109809,   0.0588034200240154314,
        -0.0525272555732257478,  0.0471972399232111233,    -0.042125723963855324,
        0.0365108135272103509,   -0.0297007177362342316,   0.0217402138307581332,
        -0.0136741392883994783,  0.00703864620298981319,   -0.00280476555317013146,
        0.000803360418162602641, -0.000146170881636250128, 0.0000126311784304774257};
    static constexpr double exponential[] = {1.0,
                                             0.500000000000000562,
                                             0.16666666666666671,
                                             0.0416666666665731426,
                                             0.00833333333332614088,
                                             0.00138888889324885982,
                                             0.00019841269874800492,
                                             0.0000248015043469976873,
                                             2.75572554257464343e-6,
                                             2.76263572414472229e-7,
                                             2.51052063739570111e-8};
};

/// atan(y) for |y| <= 1.
template <typename T>
[[gnu::always_inline]] inline T arctangent_of_fraction(T y) {
    return y * evaluate<0>(Polynomials<T>::arctangent, y * y);
}

/// e^x = power (1 + rest), with power an integer power of 2 and rest small.
template <typename T>
struct SplitExponential {
    T power;
    T rest;
};

/// For x below the logarithm of the smallest normal number it is 0, above `largest_exponent`
/// infinite.
template <typename T>
inline constexpr T largest_exponent = sizeof(T) == 4 ? T(88) : T(709);

template <typename T>
[[gnu::always_inline]] inline SplitExponential<T> split_exponential(T x) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr bool is_float = sizeof(T) == 4;
    constexpr int mantissa_bits = is_float ? 23 : 52;
    constexpr Bits exponent_bias = is_float ? 127 : 1023;
    constexpr T smallest = is_float ? T(-87) : T(-708);
    // ln 2 in two parts, of which the first times a whole exponent is exact.
    constexpr T log2_high = is_float ? T(0x1.62e4p-1) : T(0x1.62e42fefap-1);
    constexpr T log2_low = is_float ? T(0x1.7f7d1cp-20) : T(0x1.cf79abc9e3b39p-40);
    // Added to a number it leaves a whole one in the lowest bits.
    constexpr T rounder = is_float ? T(0x1.8p23) : T(0x1.8p52);

    const T kept = x < smallest ? smallest : x > largest_exponent<T> ? largest_exponent<T> : x;
    const T shifted = multiply_add(kept, T(1.44269504088896340736), rounder);
    const T whole = shifted - rounder;
    const T r = multiply_add(whole, -log2_low, multiply_add(whole, -log2_high, kept));
    const Bits exponent = std::bit_cast<Bits>(shifted) + exponent_bias;
    const T finite = std::bit_cast<T>(exponent << mantissa_bits);
    const T infinite = std::bit_cast<T>(Bits(2 * exponent_bias + 1) << mantissa_bits);
    return {x < smallest              ? T(0)
            : x > largest_exponent<T> ? infinite
                                      : finite,
            r * evaluate<0>(Polynomials<T>::exponential, r)};
}

template <typename T>
[[gnu::always_inline]] inline T exponential(T x) {
    const auto [power, rest] = split_exponential(x);
    return power * (1 + rest);
}

template <typename T>
[[gnu::always_inline]] inline T exponential_minus_one(T x) {
    const auto [power, rest] = split_exponential(x);
    return multiply_add(power, rest, power - 1);
}

}  // namespace sketchntk::elementary
