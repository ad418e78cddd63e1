#include "kernels/activation_entry.hpp"
#include "kernels/dual_formula.hpp"

#include <numbers>

namespace sketchntk {

namespace {

/// s = erf (Williams 1997): E[s(u) s(v)] = 2 / pi asin(2 c / sqrt((1 + 2 p) (1 + 2 q))).
struct ErfDual {
    template <typename T>
    DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        constexpr T pi = std::numbers::pi_v<T>;
        const T root = std::sqrt(1 + 2 * (pair.p + pair.q) + 4 * pair.determinant);
        return {2 / pi * std::atan2(2 * pair.c, root), 4 / (pi * root)};
    }
};

/// s(x) = x Phi(x). With D = (1 + p) (1 + q) - c^2, Stein's identity and E[Phi(u) Phi(v)] = 1/4 +
/// asin(c / sqrt((1 + p) (1 + q))) / 2 pi give both expectations.
struct GeluDual {
    template <typename T>
    DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        constexpr T turn = 2 * std::numbers::pi_v<T>;
        const T d = 1 + pair.p + pair.q + pair.determinant;
        const T root = std::sqrt(d);
        const T both = T(0.25) + std::atan2(pair.c, root) / turn;
        const T tilted = pair.c / (1 + pair.p) + pair.c / (1 + pair.q);
        return {pair.c * both + (pair.determinant + pair.c * tilted) / (turn * root),
                both + (tilted + pair.c / d) / (turn * root)};
    }
};

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
