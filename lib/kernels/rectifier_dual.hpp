#pragma once

#include <sketchntk/kernels/dual_activation.hpp>

namespace sketchntk {

/// s(x) = a min(x, 0) + b max(x, 0) as it acts on a correlation rho and a variance: for unit
/// variances E[s(u) s(v)] and E[s'(u) s'(v)] are
///     gain (bend kappa1(rho) + (1 - bend) rho),    gain (bend kappa0(rho) + 1 - bend),
/// gain = (a^2 + b^2) / 2 and bend = (a - b)^2 / (a^2 + b^2): 0 for the identity, 1 for relu, 2 for
/// the absolute value. After a bend of at least 1 no correlation is negative.
struct Rectifier {
    double gain;
    double bend;
};

/// What a pixel or a row brings to the dual of a rectifier: its deviation sqrt(p), rounded so that
/// its square is at most p, and the inverse. Both are 0 for a variance too small to have one.
///
/// Rounded down, two equal variances p make a product of at most p, so that pixels that coincide
/// have a distance of exactly 0 from correlation 1 (see arc_cosine.hpp).
template <typename T>
struct Deviation {
    T deviation;
    T inverse;

    explicit Deviation(T variance);
};

/// s(x) = a min(x, 0) + b max(x, 0), from the arc-cosine kernels (Cho and Saul 2009): with R(c) =
/// sqrt(p q) kappa1(rho) / 2 = E[max(u, 0) max(v, 0)],
///     E[s(u) s(v)] = (a^2 + b^2) R(c) - 2 a b R(-c),
///     E[s'(u) s'(v)] = (a^2 + b^2) kappa0(rho) / 2 + a b (1 - kappa0(rho)).
class RectifierDual final : public DualActivation {
  public:
    RectifierDual(double a, double b);

    void apply(const float* left_variance, Index left_step, const float* right_variance,
               float* covariance, float* derivative, Index count) const override;
    void apply(const double* left_variance, Index left_step, const double* right_variance,
               double* covariance, double* derivative, Index count) const override;

    struct Weights {
        double same;      ///< (a^2 + b^2) / 2
        double opposite;  ///< a b
    };

    [[nodiscard]] Weights weights() const { return weights_; }
    [[nodiscard]] Rectifier rectifier() const;

  private:
    Weights weights_;
};

}  // namespace sketchntk
