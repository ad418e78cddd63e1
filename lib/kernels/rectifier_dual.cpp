#include "kernels/rectifier_dual.hpp"

#include "core/dispatch.hpp"
#include "kernels/arc_cosine.hpp"
#include "kernels/dual_formula.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#define SKETCHNTK_INLINE [[gnu::always_inline]] inline

namespace sketchntk {

namespace {

template <bool one_left, typename T>
SKETCHNTK_INLINE void by_variances(const RectifierDual::Weights& weights,
                                   const DualPairs<T>& pairs) {
    const auto [p, step, q, c, derivative, count] = pairs;
    const T same = static_cast<T>(weights.same), opposite = static_cast<T>(weights.opposite);
    for (Index j = 0; j < count; ++j) {
        const T deviations = std::sqrt(p[one_left ? 0 : j] * q[j]);
        const T inverse = deviations > 0 ? 1 / deviations : 0;
        const T size = std::min(std::abs(c[j]), deviations);
        const T distance = (deviations - size) * inverse, root = std::sqrt(distance);
        const T angle = arc_cosine::angle_over_pi(distance, root);
        const T small = deviations * arc_cosine::deficit(distance, root), large = size + small;
        const T kappa0 = c[j] < 0 ? angle : 1 - angle;
        const T agreeing = c[j] < 0 ? small : large, opposing = c[j] < 0 ? large : small;
        derivative[j] = deviations > 0 ? same * kappa0 + opposite * (1 - kappa0) : 0;
        c[j] = same * agreeing - opposite * opposing;
    }
}

#define SKETCHNTK_DEFINE_RECTIFIER_LOOPS(T)                                                 \
    SKETCHNTK_VECTOR_DISPATCH                                                               \
    void apply_to_pairs(const RectifierDual::Weights& weights, const DualPairs<T>& pairs) { \
        if (pairs.p_step == 0)                                                              \
            by_variances<true>(weights, pairs);                                             \
        else                                                                                \
            by_variances<false>(weights, pairs);                                            \
    }

SKETCHNTK_DEFINE_RECTIFIER_LOOPS(float)
SKETCHNTK_DEFINE_RECTIFIER_LOOPS(double)

}  // namespace

template <typename T>
Deviation<T>::Deviation(T variance) : deviation(0), inverse(0) {
    if (!(variance >= std::numeric_limits<T>::min())) return;
    deviation = std::sqrt(variance);
    if (std::fma(deviation, deviation, -variance) > 0) deviation = std::nextafter(deviation, T{0});
    inverse = 1 / deviation;
}

template struct Deviation<float>;
template struct Deviation<double>;

RectifierDual::RectifierDual(double a, double b) : weights_{(a * a + b * b) / 2, a * b} {}

Rectifier RectifierDual::rectifier() const {
    const double share = weights_.same > 0 ? weights_.opposite / weights_.same : 0;
    return {.gain = weights_.same, .bend = 1 - share};
}

void RectifierDual::apply(const float* left_variance, Index left_step, const float* right_variance,
                          float* covariance, float* derivative, Index count) const {
    apply_in_pieces(left_variance, left_step, right_variance, covariance, derivative, count,
                    [this](const auto& pairs) { apply_to_pairs(weights_, pairs); });
}

void RectifierDual::apply(const double* left_variance, Index left_step,
                          const double* right_variance, double* covariance, double* derivative,
                          Index count) const {
    apply_in_pieces(left_variance, left_step, right_variance, covariance, derivative, count,
                    [this](const auto& pairs) { apply_to_pairs(weights_, pairs); });
}

}  // namespace sketchntk
