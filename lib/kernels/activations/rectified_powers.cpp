#include "kernels/activation_entry.hpp"
#include "kernels/dual_formula.hpp"

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

    template <typename T>
    [[nodiscard]] T at(T sine, T cosine, T angle) const {
        return sine * horner(p, cosine) + (std::numbers::pi_v<T> - angle) * horner(q, cosine);
    }

  private:
    template <typename T>
    static T horner(const Polynomial& polynomial, T x) {
        T sum = 0;
        for (std::size_t j = polynomial.size(); j-- > 0;)
            sum = sum * x + static_cast<T>(polynomial[j]);
        return sum;
    }
};

/// s(x) = max(x, 0)^n: E[s(u) s(v)] = (p q)^(n/2) J_n(t) / 2 pi (Cho and Saul 2009).
struct RectifiedPowerDual {
    ArcCosineForm value;
    ArcCosineForm lower;
    int power;

    template <typename T>
    DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        if (!(pair.deviations > 0)) return {0, 0};
        constexpr T turn = 2 * std::numbers::pi_v<T>;
        const T root = std::sqrt(pair.determinant);
        const T sine = root / pair.deviations, cosine = pair.c / pair.deviations;
        const T angle = std::atan2(root, pair.c);
        DualValues<T> dual{value.at(sine, cosine, angle) / turn, 0};
        if (power == 0) return dual;
        const T lower_scale = std::pow(pair.deviations, static_cast<T>(power - 1));
        dual.value *= lower_scale * pair.deviations;
        dual.derivative = static_cast<T>(power) * static_cast<T>(power) * lower_scale *
                          lower.at(sine, cosine, angle) / turn;
        return dual;
    }
};

/// s(x) = -1, 0, 1: the angle alone.
struct SignDual {
    template <typename T>
    DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        if (!(pair.deviations > 0)) return {0, 0};
        const T angle = std::atan2(std::sqrt(pair.determinant), pair.c);
        return {1 - 2 * angle / std::numbers::pi_v<T>, 0};
    }
};

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
    return std::make_unique<FormulaDual<RectifiedPowerDual>>(dual, power > 0);
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
             return std::make_unique<FormulaDual<SignDual>>(SignDual{}, false);
         }}};
}

}  // namespace sketchntk
