#include "kernels/activation_entry.hpp"
#include "kernels/arc_cosine.hpp"
#include "kernels/dual_formula.hpp"

#include <array>
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

template <typename T>
using Piece = std::array<T, pairs_of_piece>;

/// Deviations sqrt(p q) and the correlations r = cos t of pairs, with sin t and what Q is
/// multiplied with, pi - t. All are 0 where a variance is.
template <typename T>
struct AnglesOfPairs {
    Piece<T> deviations, cosine, sine, rest;

    [[gnu::always_inline]] explicit AnglesOfPairs(const DualPairs<T>& pairs) {
        for (Index j = 0; j < pairs.count; ++j) {
            const auto i = static_cast<std::size_t>(j);
            const T c = pairs.covariance[j];
            deviations[i] = std::sqrt(pairs.p[j * pairs.p_step] * pairs.q[j]);
            const T inverse = deviations[i] > 0 ? 1 / deviations[i] : 0;
            const auto [r, s, pi_less_t] = arc_cosine::angle_of(deviations[i], inverse, c);
            cosine[i] = deviations[i] > 0 ? r : 0;
            sine[i] = deviations[i] > 0 ? s : 0;
            rest[i] = deviations[i] > 0 ? pi_less_t : 0;
        }
    }
};

/// s(x) = max(x, 0)^n: E[s(u) s(v)] = (p q)^(n/2) J_n(t) / 2 pi (Cho and Saul 2009).
struct RectifiedPowerDual {
    ArcCosineForm value;
    ArcCosineForm lower;
    int power;

    template <typename T>
    [[gnu::always_inline]] void apply(const DualPairs<T>& pairs) const {
        const AnglesOfPairs<T> angles(pairs);
        constexpr T per_turn = std::numbers::inv_pi_v<T> / 2;
        Piece<T> scale, form;
        for (Index j = 0; j < pairs.count; ++j) scale[static_cast<std::size_t>(j)] = per_turn;
        for (int n = 1; n < power; ++n) multiply(scale, angles.deviations, pairs.count);
        const T of_derivative = static_cast<T>(power) * static_cast<T>(power);
        evaluate(lower, angles, pairs.count, form);
        for (Index j = 0; j < pairs.count; ++j) {
            const auto i = static_cast<std::size_t>(j);
            pairs.derivative[j] = of_derivative * scale[i] * form[i];
        }
        if (power > 0) multiply(scale, angles.deviations, pairs.count);
        evaluate(value, angles, pairs.count, form);
        for (Index j = 0; j < pairs.count; ++j) {
            const auto i = static_cast<std::size_t>(j);
            pairs.covariance[j] = scale[i] * form[i];
        }
    }

  private:
    template <typename T>
    [[gnu::always_inline]] static void multiply(Piece<T>& values, const Piece<T>& factors,
                                                Index count) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) values[i] *= factors[i];
    }

    template <typename T>
    [[gnu::always_inline]] static void evaluate(const ArcCosineForm& form,
                                                const AnglesOfPairs<T>& angles, Index count,
                                                Piece<T>& result) {
        Piece<T> of_sine, of_rest;
        evaluate_polynomial(form.p, angles.cosine.data(), count, of_sine.data());
        evaluate_polynomial(form.q, angles.cosine.data(), count, of_rest.data());
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
            result[i] = angles.sine[i] * of_sine[i] + angles.rest[i] * of_rest[i];
    }
};

/// s(x) = -1, 0, 1: the angle alone.
struct SignDual {
    template <typename T>
    [[gnu::always_inline]] void apply(const DualPairs<T>& pairs) const {
        const AnglesOfPairs<T> angles(pairs);
        constexpr T scale = 2 * std::numbers::inv_pi_v<T>;
        for (Index j = 0; j < pairs.count; ++j) {
            const auto i = static_cast<std::size_t>(j);
            pairs.covariance[j] = angles.deviations[i] > 0 ? scale * angles.rest[i] - 1 : 0;
            pairs.derivative[j] = 0;
        }
    }
};

SKETCHNTK_DEFINE_DUAL_LOOPS(RectifiedPowerDual, apply_to_piece)
SKETCHNTK_DEFINE_DUAL_LOOPS(SignDual, apply_to_piece)

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
