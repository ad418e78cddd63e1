#include "kernels/activation_entry.hpp"
#include "kernels/dual_formula.hpp"
#include "kernels/elementary_functions.hpp"

#include <numbers>

namespace sketchntk {

namespace {

// The angles of both activations are asin(x / H) with R = sqrt(H^2 - x^2): twice the arctangent of
// x / (H + R), a fraction of at most 1.

/// s = erf (Williams 1997): E[s(u) s(v)] = 2 / pi asin(2 c / H), H^2 = (1 + 2 p) (1 + 2 q).
struct ErfDual {
    template <typename T>
    [[gnu::always_inline]] DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        constexpr T scale = 4 * std::numbers::inv_pi_v<T>;
        const T h = std::sqrt((1 + 2 * pair.p) * (1 + 2 * pair.q));
        const T root = std::sqrt(1 + 2 * (pair.p + pair.q) + 4 * pair.determinant());
        const T sum = h + root, inverse = 1 / (root * sum);
        const T half_angle = elementary::arctangent_of_fraction(2 * pair.c * (root * inverse));
        return {scale * half_angle, scale * (sum * inverse)};
    }
};

/// s(x) = x Phi(x). With H^2 = (1 + p) (1 + q) and D = H^2 - c^2, Stein's identity and E[Phi(u)
/// Phi(v)] = 1/4 + asin(c / H) / 2 pi give both expectations.
struct GeluDual {
    template <typename T>
    [[gnu::always_inline]] DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        constexpr T per_turn = std::numbers::inv_pi_v<T> / 2;
        const T determinant = pair.determinant();
        const T h = std::sqrt((1 + pair.p) * (1 + pair.q));
        const T root = std::sqrt(1 + pair.p + pair.q + determinant);
        const T sum = h + root, inverse = 1 / (root * sum * h);
        const T inverse_root = sum * h * inverse, inverse_h = sum * root * inverse;
        const T half_angle = elementary::arctangent_of_fraction(pair.c * (h * root * inverse));
        const T both = T(0.25) + 2 * per_turn * half_angle;
        const T tilted = pair.c * (2 + pair.p + pair.q) * (inverse_h * inverse_h);
        const T scale = per_turn * inverse_root;
        return {pair.c * both + (determinant + pair.c * tilted) * scale,
                both + (tilted + pair.c * (inverse_root * inverse_root)) * scale};
    }
};

SKETCHNTK_DEFINE_DUAL_LOOPS(ErfDual, apply_to_each)
SKETCHNTK_DEFINE_DUAL_LOOPS(GeluDual, apply_to_each)

using Parameters = ActivationEntry::Parameters;

ScalarFunction erf(Parameters) {
    return {.value = [](double x) { return std::erf(x); },
            .derivative = [](double x) { return 2 * std::numbers::inv_sqrtpi * std::exp(-x * x); },
            .kinks = {}};
}

ScalarFunction gelu(Parameters) {
    const auto below = [](double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; };
    const double density_at_zero = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    return {.value = [=](double x) { return x * below(x); },
            .derivative =
                [=](double x) { return below(x) + x * density_at_zero * std::exp(-x * x / 2); },
            .kinks = {}};
}

}  // namespace

std::vector<ActivationEntry> error_function_entries() {
    return {{.name = "erf",
             .function = erf,
             .dual = [](Parameters) -> std::unique_ptr<const DualActivation> {
                 return std::make_unique<FormulaDual<ErfDual>>(ErfDual{});
             }},
            {.name = "gelu",
             .function = gelu,
             .dual = [](Parameters) -> std::unique_ptr<const DualActivation> {
                 return std::make_unique<FormulaDual<GeluDual>>(GeluDual{});
             }}};
}

}  // namespace sketchntk
