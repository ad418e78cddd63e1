#include "kernels/gauss_legendre.hpp"

#include <cmath>
#include <numbers>
#include <tuple>
#include <utility>

namespace sketchntk {

namespace {

// Legendre's polynomial of degree n and its derivative, -1 < x < 1.
std::pair<double, double> legendre(std::size_t n, double x) {
    double value = x;
    double previous = 1;
    for (std::size_t l = 1; l < n; ++l) {
        const double share = 1 / static_cast<double>(l + 1);
        const double next = x * value + (1 - share) * (x * value - previous);
        previous = value;
        value = next;
    }
    return {value, static_cast<double>(n) * (previous - x * value) / ((1 - x) * (1 + x))};
}

}  // namespace

// By Newton's method from Tricomi's approximation.
Quadrature gauss_legendre(std::size_t count) {
    Quadrature rule{std::vector<double>(count), std::vector<double>(count)};
    const auto n = static_cast<double>(count);
    for (std::size_t k = 0; k < count / 2; ++k) {
        double x = std::cos(std::numbers::pi * (static_cast<double>(k) + 0.75) / (n + 0.5));
        auto [value, derivative] = legendre(count, x);
        for (int iteration = 0; iteration < 20 && std::abs(value / derivative) > 1e-15;
             ++iteration) {
            x -= value / derivative;
            std::tie(value, derivative) = legendre(count, x);
        }
        rule.nodes[k] = x;
        rule.nodes[count - 1 - k] = -x;
        rule.weights[k] = 2 / ((1 - x) * (1 + x) * derivative * derivative);
        rule.weights[count - 1 - k] = rule.weights[k];
    }
    return rule;
}

}  // namespace sketchntk
