#pragma once

#include <sketchntk/sketches/polynomial_sketch.hpp>

#include <algorithm>
#include <cstdint>

namespace sketchntk {

/// What the drawn sketch of a polynomial holds, for all threads together and for each one.
struct SketchBytes {
    std::int64_t shared = 0;
    std::int64_t of_thread = 0;
};

/// A thread works on 16 rows at once; for each it holds its leaves, about two transforms of all
/// nodes of the tree, and all blocks before and after compression.
template <typename Sketch>
[[nodiscard]] SketchBytes sketch_bytes(const Sketch& sketch) {
    constexpr std::int64_t bytes_in_lanes = 16 * sizeof(float);
    const auto degree = static_cast<std::int64_t>(sketch.coefficients().size());
    const std::int64_t width = sketch.options().node_width;
    const bool hashed = sketch.options().leaf == sketches::PolySketchLeaf::count_sketch;
    const std::int64_t leaf = hashed ? width : sketch.input_dimension();
    const std::int64_t nodes = degree * 4 * std::max(width, leaf);
    const std::int64_t blocks = 4 * degree * width + 4 * sketch.output_dimension();
    return {sketch.bytes(), bytes_in_lanes * (nodes + blocks)};
}

}  // namespace sketchntk
