#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// Scales each row to length sqrt(columns), so that its entries have mean square 1 as those of
/// standardised columns have on average; every row then lies on one sphere.
/// @param out rows x columns of x; may be x itself
/// @throws DimensionMismatch if the shapes differ, InvalidArgument naming a row that is zero, which
///   has no direction.
void scale_rows_to_unit_mean_square(MatrixView<const float> x, MatrixView<float> out);

}  // namespace sketchntk
