#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>

namespace sketchntk {

/// Row numbers within a Gram of `limit` rows (or columns, for training).
/// @throws InvalidArgument naming the number that is out of range.
void check_row_numbers(std::span<const Index> rows, Index limit);

/// @throws InvalidArgument for no rows or a number out of range; DimensionMismatch unless there is
///   one class for each row.
void check_training_rows(std::span<const Index> rows, std::span<const int> classes, Index limit);

/// @throws InvalidArgument unless C is positive and finite.
void check_cost(double cost);

}  // namespace sketchntk
