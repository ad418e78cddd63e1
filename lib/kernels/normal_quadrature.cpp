#include "kernels/normal_quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sketchntk {

namespace {

std::vector<double> panel_ends(const NormalPanels& panels,
                               const std::vector<NormalFeature>& features) {
    std::vector<double> ends;
    const int uniform = static_cast<int>(std::ceil(2 * panels.farthest / panels.widest));
    for (int i = 0; i <= uniform; ++i) ends.push_back(panels.farthest * (2.0 * i / uniform - 1));
    for (const NormalFeature& feature : features) {
        if (feature.kink) ends.push_back(feature.place);
        for (double distance = feature.scale; distance < panels.widest; distance *= 2) {
            ends.push_back(feature.place - distance);
            ends.push_back(feature.place + distance);
        }
    }
    std::erase_if(ends, [&](double end) { return !(std::abs(end) <= panels.farthest); });
    std::sort(ends.begin(), ends.end());
    return ends;
}

}  // namespace

Quadrature normal_rule(const NormalPanels& panels, const std::vector<NormalFeature>& features) {
    static const Quadrature of_8 = gauss_legendre(8), of_16 = gauss_legendre(16);
    const Quadrature& rule = panels.nodes == 8 ? of_8 : of_16;
    const double density_at_zero = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    const std::vector<double> ends = panel_ends(panels, features);
    Quadrature result;
    for (std::size_t panel = 0; panel + 1 < ends.size(); ++panel) {
        const double half = (ends[panel + 1] - ends[panel]) / 2;
        if (!(half > 0)) continue;
        const double middle = ends[panel] + half;
        for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
            const double z = middle + half * rule.nodes[k];
            result.nodes.push_back(z);
            result.weights.push_back(half * rule.weights[k] * density_at_zero *
                                     std::exp(-z * z / 2));
        }
    }
    return result;
}

}  // namespace sketchntk
