#include "kernels/activation_entry.hpp"
#include "kernels/arc_cosine.hpp"
#include "kernels/dual_formula.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace sketchntk {

namespace {

using Polynomial = std::vector<double>;  // coefficient of r^j at j

double coefficient(const Polynomial& polynomial, std::size_t j) {
    return j < polynomial.size() ? polynomial[j] : 0;
}

/// 2 pi times the arc-cosine kernel of order n as sin(t) P(r) + (pi - t) Q(r), r = cos t.
struct ArcCosineForm {
    Polynomial p{};
    Polynomial q{1};

    /// The next order. Price's theorem, dJ_n/dr = n^2 J_{n-1}, gives Q' = n^2 Q_ and
    /// (1 - r^2) P' - r P + Q = n^2 (1 - r^2) P_, to be solved from the highest power down.
    [[nodiscard]] ArcCosineForm next(std::size_t n) const {
        const auto square = static_cast<double>(n * n);
        ArcCosineForm form{Polynomial(n, 0.0), Polynomial(n + 1, 0.0)};
        for (std::size_t m = n; m >= 1; m = m >= 2 ? m - 2 : 0) {
            form.q[m] = square * coefficient(q, m - 1) / static_cast<double>(m);
            const double known =
                square * (coefficient(p, m) - (m >= 2 ? coefficient(p, m - 2) : 0));
            const double higher = static_cast<double>(m + 1) * coefficient(form.p, m + 1);
            form.p[m - 1] = (higher + form.q[m] - known) / static_cast<double>(m);
        }
        if (n % 2 == 0) form.q[0] = square * coefficient(p, 0) - coefficient(form.p, 1);
        return form;
    }
};

/// Deviations sqrt(p q) and the correlations r = cos t of pairs, with sin t and what Q is
/// multiplied with, pi - t. All are 0 where a variance is.
template <typename T>
struct AnglesOfPairs {
    static constexpr std::size_t size = PairGroup<T>::size;

    T deviations[size], cosine[size], sine[size], rest[size];

    [[gnu::always_inline]] explicit AnglesOfPairs(const PairGroup<T>& group) {
        for (std::size_t k = 0; k < size; ++k) {
            deviations[k] = std::sqrt(group.p[k] * group.q[k]);
            const T inverse = deviations[k] > 0 ? 1 / deviations[k] : 0;
            const auto [r, s, pi_less_t] =
                arc_cosine::angle_of(deviations[k], inverse, group.covariance[k]);
            cosine[k] = deviations[k] > 0 ? r : 0;
            sine[k] = deviations[k] > 0 ? s : 0;
            rest[k] = deviations[k] > 0 ? pi_less_t : 0;
        }
    }
};

/// s(x) = max(x, 0)^n: E[s(u) s(v)] = (p q)^(n/2) J_n(t) / 2 pi (Cho and Saul 2009).
struct RectifiedPowerDual {
    ArcCosineForm value;
    ArcCosineForm lower;
    int power;

    template <typename T>
    [[gnu::always_inline]] void apply(PairGroup<T>& group) const {
        const AnglesOfPairs<T> angles(group);
        constexpr T per_turn = std::numbers::inv_pi_v<T> / 2;
        T scale[group.size], form[group.size];
        for (std::size_t k = 0; k < group.size; ++k) scale[k] = per_turn;
        for (int n = 1; n < power; ++n)
            for (std::size_t k = 0; k < group.size; ++k) scale[k] *= angles.deviations[k];
        const T of_derivative = static_cast<T>(power) * static_cast<T>(power);
        evaluate(lower, angles, form);
        for (std::size_t k = 0; k < group.size; ++k)
            group.derivative[k] = of_derivative * scale[k] * form[k];
        if (power > 0)
            for (std::size_t k = 0; k < group.size; ++k) scale[k] *= angles.deviations[k];
        evaluate(value, angles, form);
        for (std::size_t k = 0; k < group.size; ++k) group.covariance[k] = scale[k] * form[k];
    }

  private:
    template <typename T, std::size_t Size>
    [[gnu::always_inline]] static void evaluate(const ArcCosineForm& form,
                                                const AnglesOfPairs<T>& angles, T (&result)[Size]) {
        T of_sine[Size], of_rest[Size];
        evaluate_polynomial(form.p, angles.cosine, of_sine);
        evaluate_polynomial(form.q, angles.cosine, of_rest);
        for (std::size_t k = 0; k < Size; ++k)
            result[k] = angles.sine[k] * of_sine[k] + angles.rest[k] * of_rest[k];
    }
};

/// s(x) = -1, 0, 1: the angle alone.
struct SignDual {
    template <typename T>
    [[gnu::always_inline]] void apply(PairGroup<T>& group) const {
        const AnglesOfPairs<T> angles(group);
        constexpr T scale = 2 * std::numbers::inv_pi_v<T>;
        for (std::size_t k = 0; k < group.size; ++k) {
            group.covariance[k] = angles.deviations[k] > 0 ? scale * angles.rest[k] - 1 : 0;
            group.derivative[k] = 0;
        }
    }
};

SKETCHNTK_DEFINE_DUAL_LOOPS(RectifiedPowerDual, apply_to_groups)
SKETCHNTK_DEFINE_DUAL_LOOPS(SignDual, apply_to_groups)

using Parameters = ActivationEntry::Parameters;

ScalarFunction rectified_power(Parameters parameters) {
    const double n = parameters[0];
    return {.value = [n](double x) { return x > 0 ? std::pow(x, n) : 0; },
            .derivative = [n](double x) { return x > 0 ? n * std::pow(x, n - 1) : 0; },
            .kinks = {0}};
}

std::unique_ptr<const DualActivation> rectified_power_dual(Parameters parameters) {
    const int power = static_cast<int>(parameters[0]);
    RectifiedPowerDual dual{.value = {}, .lower = {}, .power = power};
    for (int n = 1; n <= power; ++n)
        dual.lower = std::exchange(dual.value, dual.value.next(static_cast<std::size_t>(n)));
    return std::make_unique<FormulaDual<RectifiedPowerDual>>(
        dual, DualTraits{.has_derivative = power > 0, .has_cusp = power < 2});
}

ScalarFunction sign(Parameters) {
    return {.value = [](double x) { return static_cast<double>((x > 0) - (x < 0)); },
            .derivative = [](double) { return 0.0; },
            .kinks = {0}};
}

}  // namespace

std::vector<ActivationEntry> rectified_power_entries() {
    return {
        {.name = "rectified_power",
         .parameters = {{.name = "power", .standard = 2, .least = 0, .most = 16, .whole = true}},
         .function = rectified_power,
         .dual = rectified_power_dual},
        {.name = "sign",
         .function = sign,
         .dual = [](Parameters) -> std::unique_ptr<const DualActivation> {
             return std::make_unique<FormulaDual<SignDual>>(
                 SignDual{}, DualTraits{.has_derivative = false, .has_cusp = true});
         }}};
}

}  // namespace sketchntk
