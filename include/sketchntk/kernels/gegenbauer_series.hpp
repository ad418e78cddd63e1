#pragma once

#include <sketchntk/core/matrix.hpp>

#include <functional>
#include <span>
#include <vector>

namespace sketchntk {

/// A kernel on the unit sphere in D dimensions that depends on the cosine u alone, as a sum over
/// the degrees of spherical harmonics,
///
///     kappa(u) = sum_l c_l P_l(u),   P_l(1) = 1,   c_l = alpha_l E[kappa(t) P_l(t)],
///
/// with the Gegenbauer polynomials P_l of D dimensions (Legendre's for D = 3, Chebyshev's for D =
/// 2), the number alpha_l of independent harmonics, and t a coordinate of a uniformly random point
/// of the sphere: density proportional to (1 - t^2)^((D - 3) / 2). A positive definite kappa has
/// c_l >= 0 (Schoenberg 1942); c_l is the share of degree l of the diagonal kappa(1).
struct GegenbauerSeries {
    Index dimension = 0;               ///< D
    std::vector<double> coefficients;  ///< c_0, ..., c_q
    double at_one = 0;                 ///< kappa(1)

    /// q
    [[nodiscard]] Index degree() const { return static_cast<Index>(coefficients.size()) - 1; }
    /// 1 - sum_{l <= degree} c_l / kappa(1), within 0 and 1.
    [[nodiscard]] double missing_share(Index degree) const;
};

/// alpha_0, ..., alpha_q for D dimensions, infinite where float64 does not hold them;
/// alpha_l = C(D + l - 1, l) - C(D + l - 3, l - 2).
/// @throws InvalidArgument if dimension < 1 or highest_degree < 0.
[[nodiscard]] std::vector<double> harmonic_counts(Index dimension, Index highest_degree);

/// The largest degree up to `wanted` of which float64 tells a coefficient from zero: a coefficient
/// is sqrt(alpha_l) times a mean that rounds to 1e-16, so this ends where alpha_l exceeds 1e15 (and
/// at the last degree there is, 1 for D = 1). No map has a feature for each of so many harmonics.
/// @throws InvalidArgument as `harmonic_counts`.
[[nodiscard]] Index highest_resolved_degree(Index dimension, Index wanted);

/// a_0 = 0, a_1, ..., a_q of the recurrence t p_l = a_{l+1} p_{l+1} + a_l p_{l-1} of the
/// orthonormal polynomials p_l = sqrt(alpha_l) P_l, E[p_l(t)^2] = 1:
/// a_l^2 = l (l + D - 3) / ((2 l + D - 2) (2 l + D - 4)).
/// @throws InvalidArgument as `harmonic_counts`.
[[nodiscard]] std::vector<double> gegenbauer_recurrence(Index dimension, Index highest_degree);

/// p_0(t), ..., p_q(t) for a recurrence of q + 1 numbers.
void orthonormal_gegenbauer(std::span<const double> recurrence, double t, std::span<double> values);

/// The series of a kernel up to `highest_degree`. Coefficients that cannot be told from zero,
/// below 2^-46 sqrt(alpha_l) kappa(1), are zero.
///
/// By Gauss-Legendre quadrature over the angle, in which the kernels of ReLU networks are analytic
/// although they have a cusp at u = 1 (and over the part of it where the density is not below
/// e^-72); weights are normalised to sum to one, so that nothing overflows for any D. Errors are
/// about 1e-16 sqrt(alpha_l) kappa(1). O(highest_degree^2).
///
/// @param curve kappa at each of some cosines, for example `kernel_curve`
/// @throws InvalidArgument as `harmonic_counts`, or if highest_degree is above
///   `highest_resolved_degree`.
[[nodiscard]] GegenbauerSeries gegenbauer_series(
    Index dimension, Index highest_degree,
    const std::function<std::vector<double>(std::span<const double> cosines)>& curve);

}  // namespace sketchntk
