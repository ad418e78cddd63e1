#include "kernels/activation_entry.hpp"
#include "kernels/dual_formula.hpp"

#include <cstddef>

namespace sketchntk {

namespace {

using Coefficients = std::vector<double>;

double horner(const Coefficients& coefficients, double x) {
    double sum = 0;
    for (std::size_t k = coefficients.size(); k-- > 0;) sum = sum * x + coefficients[k];
    return sum;
}

Coefficients differentiated(const Coefficients& coefficients) {
    Coefficients result;
    for (std::size_t k = 1; k < coefficients.size(); ++k)
        result.push_back(static_cast<double>(k) * coefficients[k]);
    return result;
}

/// E[s(u) s(v)] = sum_n c^n a_n(p) a_n(q), a_n(q) = E[s^(n)(v)] / sqrt(n!) a polynomial in q: the
/// Hermite expansion of s. By Price's theorem E[s'(u) s'(v)] = sum_n n c^(n-1) a_n(p) a_n(q).
class PolynomialDual {
  public:
    explicit PolynomialDual(const Coefficients& s) {
        for (std::size_t n = 0; n < s.size(); ++n) {
            // s_k k! / (k - n)! (k - n - 1)!! / sqrt(n!) is the coefficient of q^((k - n) / 2).
            Coefficients of_q((s.size() - n + 1) / 2, 0.0);
            for (std::size_t k = n; k < s.size(); k += 2)
                of_q[(k - n) / 2] = s[k] * moment_factor(n, k - n);
            of_variance_.push_back(std::move(of_q));
        }
    }

    // By Horner's rule in the covariance and its derivative.
    template <typename T>
    [[gnu::always_inline]] void apply(PairGroup<T>& group) const {
        T value[group.size] = {}, derivative[group.size] = {};
        for (std::size_t n = of_variance_.size(); n-- > 0;) {
            T of_left[group.size], of_right[group.size];
            evaluate_polynomial(of_variance_[n], group.p, of_left);
            evaluate_polynomial(of_variance_[n], group.q, of_right);
            for (std::size_t k = 0; k < group.size; ++k) {
                const T c = group.covariance[k];
                derivative[k] = elementary::multiply_add(derivative[k], c, value[k]);
                value[k] = elementary::multiply_add(value[k], c, of_left[k] * of_right[k]);
            }
        }
        for (std::size_t k = 0; k < group.size; ++k) {
            group.covariance[k] = value[k];
            group.derivative[k] = derivative[k];
        }
    }

  private:
    static double moment_factor(std::size_t n, std::size_t rest) {
        double factor = 1;
        for (std::size_t i = 1; i <= n; ++i)
            factor *= static_cast<double>(rest + i) / std::sqrt(static_cast<double>(i));
        for (std::size_t i = rest; i > 1; i -= 2) factor *= static_cast<double>(i - 1);
        return factor;
    }

    std::vector<Coefficients> of_variance_;
};

SKETCHNTK_DEFINE_DUAL_LOOPS(PolynomialDual, apply_to_groups)

ScalarFunction polynomial(const Coefficients& s) {
    return {.value = [s](double x) { return horner(s, x); },
            .derivative = [d = differentiated(s)](double x) { return horner(d, x); },
            .kinks = {}};
}

std::unique_ptr<const DualActivation> polynomial_dual(const Coefficients& s) {
    return std::make_unique<FormulaDual<PolynomialDual>>(PolynomialDual(s));
}

/// He_n / sqrt(n!) by its recurrence, sqrt(n + 1) h_{n+1} = x h_n - sqrt(n) h_{n-1}.
Coefficients hermite_coefficients(double degree) {
    Coefficients before{}, current{1};
    for (double n = 0; n < degree; ++n) {
        Coefficients next(current.size() + 1, 0.0);
        for (std::size_t k = 0; k < current.size(); ++k) next[k + 1] = current[k];
        for (std::size_t k = 0; k < before.size(); ++k) next[k] -= std::sqrt(n) * before[k];
        for (double& value : next) value /= std::sqrt(n + 1);
        before = std::move(current);
        current = std::move(next);
    }
    return current;
}

using Parameters = ActivationEntry::Parameters;

Coefficients given(Parameters parameters) {
    return {parameters.begin(), parameters.end()};
}

}  // namespace

std::vector<ActivationEntry> polynomial_entries() {
    return {{.name = "identity",
             .function =
                 [](Parameters) {
                     return polynomial({0, 1});
                 },
             .dual =
                 [](Parameters) {
                     return polynomial_dual({0, 1});
                 }},
            {.name = "polynomial",
             .parameters = {{.name = "coefficient"}},
             .repeats_last = true,
             .function = [](Parameters p) { return polynomial(given(p)); },
             .dual = [](Parameters p) { return polynomial_dual(given(p)); }},
            {.name = "hermite",
             .parameters = {{.name = "degree", .least = 0, .most = 32, .whole = true}},
             .function = [](Parameters p) { return polynomial(hermite_coefficients(p[0])); },
             .dual = [](Parameters p) { return polynomial_dual(hermite_coefficients(p[0])); }}};
}

}  // namespace sketchntk
