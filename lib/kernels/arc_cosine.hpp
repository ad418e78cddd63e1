#pragma once

#include "kernels/elementary_functions.hpp"

#include <numbers>

// The two arc-cosine kernels of Cho and Saul (2009) in a form without cancellation.
//
// With rho = cos(theta), kappa0(rho) = (pi - theta) / pi has a square-root cusp at rho = 1: an
// error of 1e-16 in rho is one of 1e-8 in kappa0. So a correlation is never stored as rho but as
// its distance w = 1 - rho from one, which loses nothing where it is small. In terms of w <= 1,
//     theta / pi                             = sqrt(w) P(w),
//     (sin(theta) - theta cos(theta)) / pi   = w sqrt(w) S(w),
// with polynomials P and S (scripts/generate_arc_cosine_polynomials.py), and
//     kappa0(rho)      = 1 - sqrt(w) P(w),
//     1 - kappa1(rho)  = w - w sqrt(w) S(w).
// Negative rho occurs before the first activation only; it is stored as -(1 + rho), and
//     kappa0(-rho) = 1 - kappa0(rho),   kappa1(-rho) = w sqrt(w) S(w).
namespace sketchntk::arc_cosine {

using elementary::evaluate;

template <typename T>
struct Polynomials;

template <>
struct Polynomials<float> {
    static constexpr float angle[] = {0.4501581943F,   0.03750964881F,  0.008495693311F,
                                      0.002195297101F, 0.001691589628F, -0.0007532058077F,
                                      0.0007027187287F};
    static constexpr float deficit[] = {0.3001054096F,    0.01500735753F,   0.002387884822F,
                                        0.0006537140815F, -1.011249199e-5F, 0.0001655855023F};
};

template <>
struct Polynomials<double> {
    static constexpr double angle[] = {
        0.45015815807855304,       0.0375131798398756388,    0.00844046546442507138,
        0.00251204327145293063,    0.000854793042593238859,  0.000314710981173657577,
        0.000122135514827882038,   0.0000485447951533726247, 0.0000231954586754304428,
        -2.28731149601997976e-6,   0.0000346041998982255536, -0.0000652532699490785538,
        0.000110803272585980775,   -0.000136876259595142124, 0.00012754304139369471,
        -0.0000855764818734166626, 0.000039550537703703571,  -0.0000112612801384024759,
        1.52710474018285798e-6};
    static constexpr double deficit[] = {
        0.300105438719035355,     0.0150052719359525974,   0.00241156156104609781,
        0.00055823184662872609,   0.000155416735786951518, 0.0000484194534891086405,
        0.0000162638063392626575, 5.84070847629788021e-6,  1.85788843138936391e-6,
        1.73981437786221676e-6,   -1.94578396737631757e-6, 4.3081759394265986e-6,
        -5.71331716833913329e-6,  5.89482815802119557e-6,  -4.29021917080967116e-6,
        2.15338329969318082e-6,   -6.60943449538585517e-7, 9.75905859430716817e-8};
};

/// theta / pi for the angle with 1 - cos(theta) = w, 0 <= w <= 1.
template <typename T>
[[gnu::always_inline]] inline T angle_over_pi(T w, T root_of_w) {
    return root_of_w * evaluate<0>(Polynomials<T>::angle, w);
}

/// (sin(theta) - theta cos(theta)) / pi for the same angle.
template <typename T>
[[gnu::always_inline]] inline T deficit(T w, T root_of_w) {
    return w * root_of_w * evaluate<0>(Polynomials<T>::deficit, w);
}

/// The angle t of a pair, 0 <= t <= pi, by what formulas take of it.
template <typename T>
struct Angle {
    T cosine;
    T sine;
    T rest;  ///< pi - t
};

/// @param deviations sqrt(p q) of both variances @param inverse of it, or 0 where it is 0
template <typename T>
[[gnu::always_inline]] inline Angle<T> angle_of(T deviations, T inverse, T covariance) {
    const T gap = deviations - std::abs(covariance);
    const T w = (gap > 0 ? gap : 0) * inverse, root = std::sqrt(w);
    const T angle = std::numbers::pi_v<T> * angle_over_pi(w, root);
    return {std::copysign(1 - w, covariance), root * std::sqrt(2 - w),
            covariance < 0 ? angle : std::numbers::pi_v<T> - angle};
}

}  // namespace sketchntk::arc_cosine
