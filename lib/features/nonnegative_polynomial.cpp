#include "features/nonnegative_polynomial.hpp"

#include "features/nonnegative_least_squares.hpp"

#include <sketchntk/kernels/kernel_curve.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace sketchntk {

namespace {

// Of angles, equidistant. The highest degree, 64, oscillates 64 times.
constexpr Index grid_points = 1024;

std::vector<double> grid() {
    std::vector<double> cosines;
    for (Index i = 0; i < grid_points; ++i)
        cosines.push_back(std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) /
                                   static_cast<double>(grid_points)));
    return cosines;
}

Matrix<double> powers(std::span<const double> cosines, Index degree) {
    Matrix<double> result(static_cast<Index>(cosines.size()), degree + 1);
    for (Index i = 0; i < result.rows(); ++i) {
        double power = 1;
        for (Index j = 0; j <= degree; ++j) {
            result(i, j) = power;
            power *= cosines[static_cast<std::size_t>(i)];
        }
    }
    return result;
}

double sum(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

// p(1) = value as one more equation, of so much weight that nothing is left of its error.
std::vector<double> fitted_with_value_at_one(Matrix<double> equations, std::vector<double> values,
                                             double value) {
    constexpr double weight = 1e6;
    equations.resize_rows(equations.rows() + 1);
    for (double& entry : equations.row(equations.rows() - 1)) entry = weight;
    values.push_back(weight * value);
    return nonnegative_least_squares(equations, values);
}

}  // namespace

std::vector<double> nonnegative_polynomial(const Curve& curve, Index degree) {
    const std::vector<double> cosines = grid();
    const std::vector<double> values = curve(cosines);
    const double one = 1;
    const double value_at_one = curve({&one, 1}).front();
    const Matrix<double> equations = powers(cosines, degree);
    std::vector<double> coefficients = nonnegative_least_squares(equations, values);
    if (sum(coefficients) > value_at_one) {
        coefficients = fitted_with_value_at_one(equations, values, value_at_one);
        const double rounding = std::min(1.0, value_at_one / sum(coefficients));
        for (double& coefficient : coefficients) coefficient *= rounding;
    }
    return coefficients;
}

std::vector<double> kernel_polynomial(const Network& network, KernelKind kind,
                                      double squared_length, Index degree) {
    return nonnegative_polynomial(
        [&](std::span<const double> cosines) {
            std::vector<double> values = kernel_curve(network, kind, squared_length, cosines);
            for (double& value : values) value /= squared_length;
            return values;
        },
        degree);
}

double evaluate_polynomial(std::span<const double> coefficients, double u) {
    double value = 0;
    for (std::size_t j = coefficients.size(); j-- > 0;) value = value * u + coefficients[j];
    return value;
}

std::vector<double> arc_cosine_0(std::span<const double> cosines) {
    std::vector<double> values;
    for (const double u : cosines) values.push_back(1 - std::acos(u) / std::numbers::pi);
    return values;
}

std::vector<double> arc_cosine_1(std::span<const double> cosines) {
    std::vector<double> values = arc_cosine_0(cosines);
    for (std::size_t k = 0; k < values.size(); ++k) {
        const double u = cosines[k];
        values[k] = u * values[k] + std::sqrt((1 - u) * (1 + u)) / std::numbers::pi;
    }
    return values;
}

std::vector<double> arc_cosine_1_taylor(Index degree) {
    std::vector<double> coefficients(static_cast<std::size_t>(degree) + 1, 0.0);
    coefficients[0] = std::numbers::inv_pi;
    if (degree >= 1) coefficients[1] = 0.5;
    double binomial = 1;  // (2i)! / (4^i (i!)^2)
    for (Index i = 0; 2 * i + 2 <= degree; ++i) {
        const auto k = static_cast<double>(2 * i);
        coefficients[static_cast<std::size_t>(2 * i + 2)] =
            std::numbers::inv_pi * binomial / ((k + 1) * (k + 2));
        binomial *= (k + 1) / (k + 2);
    }
    return coefficients;
}

std::vector<double> arc_cosine_0_taylor(Index degree) {
    const std::vector<double> integral = arc_cosine_1_taylor(degree + 1);
    std::vector<double> coefficients;
    for (std::size_t j = 1; j < integral.size(); ++j)
        coefficients.push_back(static_cast<double>(j) * integral[j]);
    return coefficients;
}

}  // namespace sketchntk
