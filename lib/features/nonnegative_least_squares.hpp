#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// The x >= 0 that minimises |A x - b|^2, by the active set method of Lawson and Hanson (1974,
/// chapter 23) with a QR decomposition of the passive columns at each step. For small problems:
/// O(rows columns^2) a step, and about as many steps as x has entries above zero.
/// @param a rows x columns, @param b as many entries as a has rows
/// @throws DimensionMismatch if they have not, NumericalError if the steps do not end.
[[nodiscard]] std::vector<double> nonnegative_least_squares(MatrixView<const double> a,
                                                            std::span<const double> b);

}  // namespace sketchntk
