#pragma once

#include <cstddef>
#include <vector>

namespace sketchntk {

struct Quadrature {
    std::vector<double> nodes;
    std::vector<double> weights;
};

/// The Gauss-Legendre rule on [-1, 1], for an even number of nodes.
[[nodiscard]] Quadrature gauss_legendre(std::size_t count);

}  // namespace sketchntk
