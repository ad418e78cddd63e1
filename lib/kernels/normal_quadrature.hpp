#pragma once

#include "kernels/gauss_legendre.hpp"

#include <vector>

namespace sketchntk {

/// A place where an integrand changes on a scale smaller than others, and that scale.
struct NormalFeature {
    double place;
    double scale;
    bool kink;  ///< not smooth there: a panel ends exactly at it
};

/// Gauss-Legendre panels of some nodes on [-farthest, farthest], whose width is at most `widest`
/// and the distance to the nearest feature, or its scale where that is larger.
struct NormalPanels {
    double farthest;
    double widest;
    int nodes;  ///< 8 or 16
};

/// A rule for E[f(z)], z ~ N(0, 1): the density is in the weights.
[[nodiscard]] Quadrature normal_rule(const NormalPanels& panels,
                                     const std::vector<NormalFeature>& features);

}  // namespace sketchntk
