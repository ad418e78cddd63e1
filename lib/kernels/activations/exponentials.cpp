#include "kernels/activation_entry.hpp"
#include "kernels/dual_formula.hpp"
#include "kernels/elementary_functions.hpp"

namespace sketchntk {

namespace {

/// s(x) = exp(-x^2): E[s(u) s(v)] = D^-1/2, D = (1 + 2 p) (1 + 2 q) - 4 c^2; the derivative by
/// Price's theorem, d/dc.
struct GaussianDual {
    template <typename T>
    [[gnu::always_inline]] DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        const T value = 1 / std::sqrt(1 + 2 * (pair.p + pair.q) + 4 * pair.determinant());
        return {value, 4 * pair.c * value * (value * value)};
    }
};

/// s = exp: E[exp(u + v)].
struct ExponentialDual {
    template <typename T>
    [[gnu::always_inline]] DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        const T value = elementary::exponential((pair.p + pair.q) / 2 + pair.c);
        return {value, value};
    }
};

SKETCHNTK_DEFINE_DUAL_LOOPS(GaussianDual, apply_to_each)
SKETCHNTK_DEFINE_DUAL_LOOPS(ExponentialDual, apply_to_each)

using Parameters = ActivationEntry::Parameters;

}  // namespace

std::vector<ActivationEntry> exponential_entries() {
    return {{.name = "gaussian",
             .function =
                 [](Parameters) {
                     return ScalarFunction{
                         .value = [](double x) { return std::exp(-x * x); },
                         .derivative = [](double x) { return -2 * x * std::exp(-x * x); },
                         .kinks = {}};
                 },
             .dual = [](Parameters) -> std::unique_ptr<const DualActivation> {
                 return std::make_unique<FormulaDual<GaussianDual>>(GaussianDual{});
             }},
            {.name = "exponential",
             .function =
                 [](Parameters) {
                     return ScalarFunction{.value = [](double x) { return std::exp(x); },
                                           .derivative = [](double x) { return std::exp(x); },
                                           .kinks = {}};
                 },
             .dual = [](Parameters) -> std::unique_ptr<const DualActivation> {
                 return std::make_unique<FormulaDual<ExponentialDual>>(ExponentialDual{});
             }}};
}

}  // namespace sketchntk
