#pragma once

#include "sketches/sketch_checks.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/sketches/poly_sketch.hpp>

#include <algorithm>
#include <vector>

namespace sketchntk::sketches::testing {

constexpr PolySketchLeaf srht = PolySketchLeaf::srht;
constexpr PolySketchLeaf count_sketch = PolySketchLeaf::count_sketch;

/// A row for each vector: the members of degree 1, 2, ... one after the other.
inline Matrix<float> family(const PolySketch& sketch, const std::vector<Vector>& vectors) {
    Matrix<float> x(static_cast<Index>(vectors.size()), sketch.input_dimension());
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        std::ranges::copy(vectors[i], x.row(static_cast<Index>(i)).begin());
    }
    Matrix<float> out(x.rows(), sketch.degree() * sketch.output_dimension());
    PolySketch::Plan(sketch).apply_family(x.view(), out.view(), Execution{.threads = 1});
    return out;
}

}  // namespace sketchntk::sketches::testing
