#include "kernels/gauss_legendre.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/gegenbauer_series.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

constexpr double most_harmonics = 1e15;
constexpr double relative_noise = 0x1p-46;

void check(Index dimension, Index highest_degree) {
    if (dimension < 1)
        throw InvalidArgument("dimension: expected at least 1, got " + std::to_string(dimension));
    if (highest_degree < 0)
        throw InvalidArgument("degree: expected at least 0, got " + std::to_string(highest_degree));
}

// For means over a coordinate of a random point of the sphere: the cosines of angles, with weights
// proportional to sin(angle)^(D - 2).
Quadrature on_sphere(Index dimension, Index highest_degree) {
    if (dimension == 1) return {{1, -1}, {0.5, 0.5}};
    Quadrature rule = gauss_legendre(static_cast<std::size_t>(256 + 2 * highest_degree));
    const auto d = static_cast<double>(dimension);
    const double half = std::min(std::numbers::pi / 2, 12 / std::sqrt(d));
    double sum = 0;
    for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
        // Measured from the equator, the angle keeps its digits where the density is.
        const double latitude = half * rule.nodes[k];
        rule.nodes[k] = std::sin(latitude);
        rule.weights[k] *= std::exp((d - 2) * std::log(std::cos(latitude)));
        sum += rule.weights[k];
    }
    for (double& weight : rule.weights) weight /= sum;
    return rule;
}

}  // namespace

double GegenbauerSeries::missing_share(Index degree) const {
    double sum = 0;
    for (Index l = 0; l <= std::min(degree, this->degree()); ++l)
        sum += coefficients[static_cast<std::size_t>(l)];
    return std::clamp(1 - sum / at_one, 0.0, 1.0);
}

std::vector<double> harmonic_counts(Index dimension, Index highest_degree) {
    check(dimension, highest_degree);
    const auto d = static_cast<double>(dimension);
    std::vector<double> counts{1};
    for (Index degree = 1; degree <= highest_degree; ++degree) {
        const auto l = static_cast<double>(degree);
        counts.push_back(degree == 1 ? d
                                     : counts.back() * ((2 * l + d - 2) / (2 * l + d - 4)) *
                                           ((l + d - 3) / l));
    }
    for (double& count : counts)
        if (count < 0x1p53) count = std::round(count);
    return counts;
}

Index highest_resolved_degree(Index dimension, Index wanted) {
    const std::vector<double> counts = harmonic_counts(dimension, wanted);
    Index degree = 0;
    while (degree < wanted) {
        const double count = counts[static_cast<std::size_t>(degree) + 1];
        if (count == 0 || count > most_harmonics) break;
        ++degree;
    }
    return degree;
}

std::vector<double> gegenbauer_recurrence(Index dimension, Index highest_degree) {
    check(dimension, highest_degree);
    const auto d = static_cast<double>(dimension);
    std::vector<double> a{0};
    for (Index degree = 1; degree <= highest_degree; ++degree) {
        const auto l = static_cast<double>(degree);
        a.push_back(degree == 1 ? 1 / std::sqrt(d)
                                : std::sqrt(l / (2 * l + d - 2) * (l + d - 3) / (2 * l + d - 4)));
    }
    return a;
}

void orthonormal_gegenbauer(std::span<const double> recurrence, double t,
                            std::span<double> values) {
    values[0] = 1;
    for (std::size_t l = 1; l < recurrence.size(); ++l)
        values[l] =
            (t * values[l - 1] - (l > 1 ? recurrence[l - 1] * values[l - 2] : 0)) / recurrence[l];
}

GegenbauerSeries gegenbauer_series(
    Index dimension, Index highest_degree,
    const std::function<std::vector<double>(std::span<const double> cosines)>& curve) {
    const Index resolved = highest_resolved_degree(dimension, highest_degree);
    if (highest_degree > resolved)
        throw InvalidArgument("degree: in " + std::to_string(dimension) +
                              " dimensions float64 resolves degrees up to " +
                              std::to_string(resolved) + ", got " + std::to_string(highest_degree));
    const Quadrature rule = on_sphere(dimension, highest_degree);
    const std::vector<double> kappa = curve(rule.nodes);
    const std::vector<double> recurrence = gegenbauer_recurrence(dimension, highest_degree);
    std::vector<double> means(recurrence.size());
    std::vector<double> values(recurrence.size());
    for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
        orthonormal_gegenbauer(recurrence, rule.nodes[k], values);
        for (std::size_t l = 0; l < means.size(); ++l)
            means[l] += rule.weights[k] * kappa[k] * values[l];
    }
    const double one = 1;
    GegenbauerSeries series{dimension, std::move(means), curve({&one, 1}).front()};
    const std::vector<double> counts = harmonic_counts(dimension, highest_degree);
    for (std::size_t l = 0; l < counts.size(); ++l) {
        if (series.coefficients[l] < relative_noise * std::abs(series.at_one))
            series.coefficients[l] = 0;
        series.coefficients[l] *= std::sqrt(counts[l]);
    }
    return series;
}

}  // namespace sketchntk
