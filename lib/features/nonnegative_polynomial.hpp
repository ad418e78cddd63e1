#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network.hpp>

#include <functional>
#include <span>
#include <vector>

namespace sketchntk {

/// A positive definite function of a cosine u, at many of them.
using Curve = std::function<std::vector<double>(std::span<const double> cosines)>;

/// The coefficients b_0, ..., b_q >= 0 of the polynomial of degree q (at most) nearest to a curve f
/// in the sense of least squares over the angle, int_0^pi (p(cos t) - f(cos t))^2 dt, with p(1) <=
/// f(1): what p lacks of f(1) can then be given to a ridge. Zandieh et al. (2021), section 4; their
/// code weights an equidistant grid towards u = 1 instead and asks for p to be monotone.
[[nodiscard]] std::vector<double> nonnegative_polynomial(const Curve& curve, Index degree);

/// Of `kernel_curve` at this squared length of x~, divided by it: K(x, y) is near
/// |x~| |y~| p(u).
[[nodiscard]] std::vector<double> kernel_polynomial(const Network& network, KernelKind kind,
                                                    double squared_length, Index degree);

/// p(u), by Horner's rule.
[[nodiscard]] double evaluate_polynomial(std::span<const double> coefficients, double u);

/// The curves (pi - arccos u) / pi and (sqrt(1 - u^2) + u (pi - arccos u)) / pi.
[[nodiscard]] std::vector<double> arc_cosine_0(std::span<const double> cosines);
[[nodiscard]] std::vector<double> arc_cosine_1(std::span<const double> cosines);

/// The Taylor polynomial of degree q (at most) of kappa1 = arc_cosine_1,
///     1/pi + u/2 + (1/pi) sum_i (2i)! u^(2i+2) / (4^i (i!)^2 (2i+1) (2i+2)),
/// and, since kappa1' = kappa0, that of kappa0 as its derivative.
[[nodiscard]] std::vector<double> arc_cosine_1_taylor(Index degree);
[[nodiscard]] std::vector<double> arc_cosine_0_taylor(Index degree);

}  // namespace sketchntk
