#include "kernels/activation_entry.hpp"
#include "kernels/dual_formula.hpp"

#include <numbers>

namespace sketchntk {

namespace {

/// s(x) = a min(x, 0) + b max(x, 0), from the arc-cosine kernel of order 1 (Cho and Saul 2009):
/// with the angle t between u and v, E[max(u, 0) max(v, 0)] = (sin t + (pi - t) cos t) sqrt(p q) /
/// 2 pi, and both signs agree with probability 1 - t / pi.
struct RectifierDual {
    double squares;  ///< a^2 + b^2
    double product;  ///< 2 a b

    template <typename T>
    DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        if (!(pair.deviations > 0)) return {0, 0};
        constexpr T pi = std::numbers::pi_v<T>;
        const T sine = std::sqrt(pair.determinant);
        const T angle = std::atan2(sine, pair.c);
        const T same = static_cast<T>(squares), opposite = static_cast<T>(product);
        const T value = same * (sine + pair.c * (pi - angle)) - opposite * (sine - pair.c * angle);
        const T derivative = same * (pi - angle) + opposite * angle;
        return {value / (2 * pi), derivative / (2 * pi)};
    }
};

ScalarFunction rectifier(double a, double b) {
    return {.value = [a, b](double x) { return x > 0 ? b * x : a * x; },
            .derivative = [a, b](double x) { return x > 0 ? b : a; },
            .kinks = {0}};
}

std::unique_ptr<const DualActivation> rectifier_dual(double a, double b) {
    return std::make_unique<FormulaDual<RectifierDual>>(RectifierDual{a * a + b * b, 2 * a * b});
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
