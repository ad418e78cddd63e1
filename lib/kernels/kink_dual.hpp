#pragma once

#include "kernels/arc_cosine.hpp"
#include "kernels/hermite_table.hpp"

#include <cmath>
#include <numbers>

namespace sketchntk {

/// E[k(u) k(v)] and E[k'(u) k'(v)] for k(x) = j_1 x_+ + j_2 x_+^2 / 2 + j_3 x_+^3 / 6, the kink of
/// an activation at 0.
///
/// With unit variances A_ij(rho) = E[u_+^i v_+^j] has dA_ij / drho = i j A_(i-1)(j-1) (Price), so
/// that with angle t and sine s
///     2 pi A_00 = pi - t,                       2 pi A_11 = s + rho (pi - t),
///     2 pi A_02 = pi - t + rho s,               2 pi A_13 = s (2 + rho^2) + 3 rho (pi - t),
///     2 pi A_22 = (pi - t) (1 + 2 rho^2) + 3 rho s,
///     2 pi A_33 = s (4 + 11 rho^2) + (pi - t) (9 rho + 6 rho^3),
///     A_01 = (1 + rho) / (2 sqrt(2 pi)),        A_12 = (1 + rho)^2 / (2 sqrt(2 pi)),
///     A_23 = (1 + rho)^3 / sqrt(2 pi).
template <typename T>
class KinkDual {
  public:
    explicit KinkDual(const KinkAtZero& kink)
        : j1_(static_cast<T>(kink[0])),
          j2_(static_cast<T>(kink[1])),
          j3_(static_cast<T>(kink[2])) {}

    struct Values {
        T value;
        T derivative;
    };

    /// @param a, b the deviations sqrt(p) and sqrt(q); inverse 1 / (a b), or 0
    [[gnu::always_inline]] Values operator()(T a, T b, T inverse, T covariance) const {
        const T deviations = a * b;
        const auto [rho, s, rest] = arc_cosine::angle_of(deviations, inverse, covariance);
        const T square = rho * rho;
        constexpr T per_turn = std::numbers::inv_pi_v<T> / 2;
        constexpr T density = std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
        const T above = 1 + rho, sum = a + b, squares = a * a + b * b;

        const T a00 = per_turn * rest, a01 = density / 2 * above;
        const T a02 = per_turn * (rest + rho * s);
        const T a11 = per_turn * (s + rho * rest), a12 = a01 * above;
        const T a13 = per_turn * (s * (2 + square) + 3 * rho * rest);
        const T a22 = per_turn * (rest * (1 + 2 * square) + 3 * rho * s);
        const T a23 = 2 * a12 * above;
        const T a33 = per_turn * (s * (4 + 11 * square) + rest * rho * (9 + 6 * square));
        const T derivative = j1_ * (j1_ * a00 + j2_ * sum * a01 + j3_ / 2 * squares * a02) +
                             deviations * (j2_ * (j2_ * a11 + j3_ / 2 * sum * a12) +
                                           deviations * (j3_ * j3_ / 4) * a22);
        const T value =
            deviations * (j1_ * (j1_ * a11 + j2_ / 2 * sum * a12 + j3_ / 6 * squares * a13) +
                          deviations * (j2_ * (j2_ / 4 * a22 + j3_ / 12 * sum * a23) +
                                        deviations * (j3_ * j3_ / 36) * a33));
        return {value, derivative};
    }

  private:
    T j1_, j2_, j3_;
};

}  // namespace sketchntk
