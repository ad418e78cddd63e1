#include "core/dispatch.hpp"
#include "kernels/activation_entry.hpp"
#include "kernels/arc_cosine.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sketchntk {

namespace {

/// s(x) = a min(x, 0) + b max(x, 0), from the arc-cosine kernels (Cho and Saul 2009): with R(c) =
/// sqrt(p q) kappa1(rho) / 2 = E[max(u, 0) max(v, 0)],
///     E[s(u) s(v)] = (a^2 + b^2) R(c) - 2 a b R(-c),
///     E[s'(u) s'(v)] = (a^2 + b^2) kappa0(rho) / 2 + a b (1 - kappa0(rho)).
struct RectifierWeights {
    double same;      ///< a^2 + b^2
    double opposite;  ///< 2 a b
};

template <bool one_left, typename T>
[[gnu::always_inline]] inline void apply_rectifier(const RectifierWeights& weights, const T* p,
                                                   const T* q, T* c, T* derivative, Index count) {
    const T same = static_cast<T>(weights.same / 2),
            opposite = static_cast<T>(weights.opposite / 2);
    for (Index j = 0; j < count; ++j) {
        const T deviations = std::sqrt(p[one_left ? 0 : j] * q[j]);
        const T inverse = deviations > 0 ? 1 / deviations : 0;
        const T size = std::min(std::abs(c[j]), deviations);
        const T w = (deviations - size) * inverse, root = std::sqrt(w);
        const T angle = arc_cosine::angle_over_pi(w, root);
        const T small = deviations * arc_cosine::deficit(w, root), large = size + small;
        const T kappa0 = c[j] < 0 ? angle : 1 - angle;
        const T agreeing = c[j] < 0 ? small : large, opposing = c[j] < 0 ? large : small;
        derivative[j] = deviations > 0 ? same * kappa0 + opposite * (1 - kappa0) : 0;
        c[j] = same * agreeing - opposite * opposing;
    }
}

SKETCHNTK_VECTOR_DISPATCH
void apply_rectifier_dual(const RectifierWeights& weights, const float* p, Index step,
                          const float* q, float* c, float* derivative, Index count) {
    if (step == 0)
        apply_rectifier<true>(weights, p, q, c, derivative, count);
    else
        apply_rectifier<false>(weights, p, q, c, derivative, count);
}
SKETCHNTK_VECTOR_DISPATCH
void apply_rectifier_dual(const RectifierWeights& weights, const double* p, Index step,
                          const double* q, double* c, double* derivative, Index count) {
    if (step == 0)
        apply_rectifier<true>(weights, p, q, c, derivative, count);
    else
        apply_rectifier<false>(weights, p, q, c, derivative, count);
}

class RectifierDual final : public DualActivation {
  public:
    explicit RectifierDual(RectifierWeights weights) : weights_(weights) {}

    void apply(const float* left_variance, Index left_step, const float* right_variance,
               float* covariance, float* derivative, Index count) const override {
        apply_in_pieces(left_variance, left_step, right_variance, covariance, derivative, count);
    }
    void apply(const double* left_variance, Index left_step, const double* right_variance,
               double* covariance, double* derivative, Index count) const override {
        apply_in_pieces(left_variance, left_step, right_variance, covariance, derivative, count);
    }

  private:
    // Derivatives that nobody wants go to a buffer: a branch within the loop would cost more.
    template <typename T>
    void apply_in_pieces(const T* p, Index step, const T* q, T* c, T* derivative,
                         Index count) const {
        if (derivative != nullptr)
            return apply_rectifier_dual(weights_, p, step, q, c, derivative, count);
        std::array<T, 256> unwanted;
        for (Index first = 0; first < count; first += 256)
            apply_rectifier_dual(weights_, p + first * step, step, q + first, c + first,
                                 unwanted.data(), std::min<Index>(256, count - first));
    }

    RectifierWeights weights_;
};

ScalarFunction rectifier(double a, double b) {
    return {.value = [a, b](double x) { return x > 0 ? b * x : a * x; },
            .derivative = [a, b](double x) { return x > 0 ? b : a; },
            .kinks = {0}};
}

std::unique_ptr<const DualActivation> rectifier_dual(double a, double b) {
    return std::make_unique<RectifierDual>(RectifierWeights{a * a + b * b, 2 * a * b});
}

using Parameters = ActivationEntry::Parameters;

}  // namespace

std::vector<ActivationEntry> rectifier_entries() {
    return {{.name = "relu",
             .function = [](Parameters) { return rectifier(0, 1); },
             .dual = [](Parameters) { return rectifier_dual(0, 1); }},
            {.name = "leaky_relu",
             .parameters = {{.name = "alpha", .standard = 0.01}},
             .function = [](Parameters p) { return rectifier(p[0], 1); },
             .dual = [](Parameters p) { return rectifier_dual(p[0], 1); }},
            {.name = "abrelu",
             .parameters = {{.name = "a"}, {.name = "b"}},
             .function = [](Parameters p) { return rectifier(p[0], p[1]); },
             .dual = [](Parameters p) { return rectifier_dual(p[0], p[1]); }},
            {.name = "abs",
             .function = [](Parameters) { return rectifier(-1, 1); },
             .dual = [](Parameters) { return rectifier_dual(-1, 1); }}};
}

}  // namespace sketchntk
