#include "kernels/activation_entry.hpp"
#include "kernels/dual_formula.hpp"
#include "kernels/elementary_functions.hpp"

namespace sketchntk {

namespace {

/// E[sin u sin v] = exp(-(p + q) / 2) sinh c, E[cos u cos v] the same with cosh c: written with
/// exponents that are never positive.
template <bool of_sine>
struct TrigonometricDual {
    template <typename T>
    [[gnu::always_inline]] DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        const T size = std::abs(pair.c);
        const T scale = elementary::exponential(size - (pair.p + pair.q) / 2) / 2;
        const T smaller = elementary::exponential_minus_one(-2 * size);
        const T sines = std::copysign(-scale * smaller, pair.c);
        const T cosines = scale * (2 + smaller);
        return of_sine ? DualValues<T>{sines, cosines} : DualValues<T>{cosines, sines};
    }
};

using SineDual = TrigonometricDual<true>;
using CosineDual = TrigonometricDual<false>;
SKETCHNTK_DEFINE_DUAL_LOOPS(SineDual, apply_to_each)
SKETCHNTK_DEFINE_DUAL_LOOPS(CosineDual, apply_to_each)

using Parameters = ActivationEntry::Parameters;

}  // namespace

std::vector<ActivationEntry> trigonometric_entries() {
    return {{.name = "sin",
             .function =
                 [](Parameters) {
                     return ScalarFunction{.value = [](double x) { return std::sin(x); },
                                           .derivative = [](double x) { return std::cos(x); },
                                           .kinks = {}};
                 },
             .dual = [](Parameters) -> std::unique_ptr<const DualActivation> {
                 return std::make_unique<FormulaDual<SineDual>>(SineDual{});
             }},
            {.name = "cos",
             .function =
                 [](Parameters) {
                     return ScalarFunction{.value = [](double x) { return std::cos(x); },
                                           .derivative = [](double x) { return -std::sin(x); },
                                           .kinks = {}};
                 },
             .dual = [](Parameters) -> std::unique_ptr<const DualActivation> {
                 return std::make_unique<FormulaDual<CosineDual>>(CosineDual{});
             }}};
}

}  // namespace sketchntk
