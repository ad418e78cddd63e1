#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk::sketches {

/// Rows that are worked on together, each in a lane of its own: a cache line of float32 numbers.
inline constexpr Index row_lanes = 16;

/// Column c of x, at most `row_lanes` rows, goes to lanes[c * row_lanes], lanes[c * row_lanes + 1],
/// ...; lanes without a row become zero.
void rows_to_lanes(MatrixView<const float> x, float* lanes);

/// The inverse, for as many rows and columns as `out` has.
void lanes_to_rows(const float* lanes, MatrixView<float> out);

}  // namespace sketchntk::sketches
