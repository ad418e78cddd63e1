#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/activation.hpp>

#include <memory>

namespace sketchntk {

/// The dual of an activation s (Daniely, Frostig and Singer 2016): for (u, v) ~ N(0, [[p, c], [c,
/// q]])
///     value      = E[s(u) s(v)],
///     derivative = E[s'(u) s'(v)],
/// all that the NNGP and the NTK of a network need to know of s.
///
/// A covariance beyond sqrt(p q), which rounding makes, does no harm. Where u or v is
/// constant (p q = 0), the derivative of rectifiers is 0: the limit of the NTK, not of s'.
class DualActivation {
  public:
    virtual ~DualActivation() = default;

    /// False where E[s'(u) s'(v)] is infinite or undefined (sign, step): such a network has an NNGP
    /// only, and derivatives come out as 0.
    [[nodiscard]] virtual bool has_derivative() const { return true; }

    /// Whether a result has a square-root cusp where |c| = sqrt(p q), as the derivatives of
    /// rectifiers have: there a rounding of 6e-8 in c is one of 2e-4, so that float32 does not do.
    [[nodiscard]] virtual bool has_cusp() const { return true; }

    /// For each of `count` pairs: entry j of `covariance` becomes the value of (p, q, c) = (entry j
    /// of left_variance, of right_variance, of covariance). With a left_step of 0 instead of 1 the
    /// first left variance is that of every pair. Derivatives are left out for a null pointer.
    virtual void apply(const float* left_variance, Index left_step, const float* right_variance,
                       float* covariance, float* derivative, Index count) const = 0;
    virtual void apply(const double* left_variance, Index left_step, const double* right_variance,
                       double* covariance, double* derivative, Index count) const = 0;
};

/// By the closed form where there is one; otherwise by the Hermite series, with coefficients
/// tabulated over the variance, and by quadrature for pairs of which 256 terms are too few.
///
/// Errors in float64, relative to sqrt(E[s(u)^2] E[s(v)^2]): closed forms 1e-12, except that
/// derivatives of rectifiers, abs and the values of sign and step lose half of the digits where
/// the correlation is within 1e-16 of 1 or -1 without being it; quadrature 1e-10, and 1e-9 with
/// kinks or for variances up to 1e4.
/// @throws InvalidArgument as `scalar_function`.
[[nodiscard]] std::unique_ptr<const DualActivation> dual_activation(const Activation& activation);

/// The dual of any function, by Gauss-Legendre panels that end at the kinks and are graded around
/// them and around zero. It must be analytic in a neighbourhood of the real axis elsewhere, and
/// must not grow faster than exp(|x|).
///
/// Cost: some 1e5 evaluations of the function a pair.
[[nodiscard]] std::unique_ptr<const DualActivation> dual_by_quadrature(ScalarFunction function);

}  // namespace sketchntk
