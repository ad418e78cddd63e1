#include "kernels/hermite_table.hpp"

#include "kernels/normal_quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace sketchntk {

namespace {

constexpr std::size_t nodes_of_octave = 16;
// Below 2^-100 an activation is its tangent, to all digits.
constexpr int lowest_octave = -100;
// h_m times the density falls as exp(-z^2 / 4), and has a wave length of 2 pi / sqrt(m) or more.
constexpr NormalPanels panels_of_coefficients{.farthest = 13, .widest = 0.5, .nodes = 16};

double chebyshev_node(std::size_t i) {
    return std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) / nodes_of_octave);
}

// Weights of the values at the Chebyshev nodes in the interpolant at x, in the barycentric form
// (Berrut and Trefethen 2004, section 4).
std::array<double, nodes_of_octave> interpolation_weights(double x) {
    std::array<double, nodes_of_octave> weights{};
    double sum = 0;
    for (std::size_t i = 0; i < nodes_of_octave; ++i) {
        const double distance = x - chebyshev_node(i);
        if (distance == 0) {
            weights.fill(0);
            weights[i] = 1;
            return weights;
        }
        const double angle = std::numbers::pi * (static_cast<double>(i) + 0.5) / nodes_of_octave;
        weights[i] = (i % 2 == 0 ? 1 : -1) * std::sin(angle) / distance;
        sum += weights[i];
    }
    for (double& weight : weights) weight /= sum;
    return weights;
}

}  // namespace

struct HermiteTable::Octave {
    double first, last;  // of sqrt(p)
    std::array<Row, nodes_of_octave> rows;
};

HermiteTable::HermiteTable(ScalarFunction function, const KinkAtZero& kink)
    : function_(std::move(function)), kink_(kink) {
    // s'(x) + s'(-x) is constant, or s'(x) - s'(-x) zero, to rounding.
    lacks_.fill(is_smooth());
    const double constant = 2 * function_.derivative(0);
    for (double x = 0.0625; x < 32; x *= 1.5) {
        const double right = function_.derivative(x), left = function_.derivative(-x);
        const double rounding = 1e-14 * (std::abs(right) + std::abs(left) + std::abs(constant));
        lacks_[0] = lacks_[0] && std::abs(right + left - constant) <= rounding;
        lacks_[1] = lacks_[1] && std::abs(right - left) <= rounding;
    }
}

HermiteTable::~HermiteTable() = default;

HermiteTable::Row HermiteTable::integrated(double deviation) const {
    std::vector<NormalFeature> features{{0, 1 / deviation, false}};
    for (const double kink : function_.kinks) features.push_back({kink / deviation, 1, true});
    const Quadrature rule = normal_rule(panels_of_coefficients, features);
    Row row(terms + 1, 0.0);
    for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
        const double z = rule.nodes[k];
        row[terms] += rule.weights[k] * function_.value(deviation * z);
        double before = 0;
        double hermite = rule.weights[k] * function_.derivative(deviation * z);
        for (std::size_t m = 0; m < terms; ++m) {
            row[m] += hermite;
            const auto degree = static_cast<double>(m);
            const double next = (z * hermite - std::sqrt(degree) * before) / std::sqrt(degree + 1);
            before = std::exchange(hermite, next);
        }
    }
    return row;
}

const HermiteTable::Octave& HermiteTable::octave(int number) const {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<const Octave>& place = octaves_[number];
    if (place) return *place;
    auto made = std::make_unique<Octave>();
    made->first = std::sqrt(std::ldexp(1.0, number));
    made->last = std::sqrt(std::ldexp(1.0, number + 1));
    for (std::size_t i = 0; i < nodes_of_octave; ++i)
        made->rows[i] = integrated((made->first + made->last) / 2 +
                                   (made->last - made->first) / 2 * chebyshev_node(i));
    place = std::move(made);
    return *place;
}

// E[z_+^j h_m] = j / sqrt(m) E[z_+^(j-1) h_(m-1)], from E[f He_m] = E[f' He_(m-1)].
void HermiteTable::add_kink(double deviation, HermiteCoefficients& coefficients) const {
    const double density_at_zero = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    coefficients.kink_mean =
        deviation * (kink_[0] * density_at_zero +
                     deviation * (kink_[1] / 4 + deviation * kink_[2] * density_at_zero / 3));
    coefficients.kinks.resize(terms);
    std::array<double, 3> before{}, moments{0.5, density_at_zero, 0.5};
    double hermite_before = 0, hermite = 1;  // h_(m-1) and h_(m-2) at zero
    for (std::size_t m = 0; m < terms; ++m) {
        const auto degree = static_cast<double>(m);
        if (m > 0) {
            before = moments;
            moments[0] = hermite * density_at_zero / std::sqrt(degree);
            for (std::size_t j = 1; j < 3; ++j)
                moments[j] = static_cast<double>(j) / std::sqrt(degree) * before[j - 1];
            const double next = -std::sqrt((degree - 1) / degree) * hermite_before;
            hermite_before = std::exchange(hermite, next);
        }
        coefficients.kinks[m] =
            kink_[0] * moments[0] +
            deviation * (kink_[1] * moments[1] + deviation * kink_[2] * moments[2] / 2);
    }
}

HermiteCoefficients HermiteTable::at(double variance) const {
    const double least = std::ldexp(1.0, lowest_octave);
    const double deviation = std::sqrt(std::max(variance, least));
    const Octave& table = octave(variance > least ? std::ilogb(variance) : lowest_octave);
    const double x = (2 * deviation - table.first - table.last) / (table.last - table.first);
    const auto weights = interpolation_weights(std::clamp(x, -1.0, 1.0));
    HermiteCoefficients result;
    Row row(terms + 1, 0.0);
    for (std::size_t i = 0; i < nodes_of_octave; ++i)
        for (std::size_t m = 0; m <= terms; ++m) row[m] += weights[i] * table.rows[i][m];
    result.mean = variance > 0 ? row[terms] : function_.value(0);
    row.pop_back();
    result.slopes = std::move(row);
    if (!is_smooth()) add_kink(std::sqrt(std::max(variance, 0.0)), result);
    return result;
}

}  // namespace sketchntk
