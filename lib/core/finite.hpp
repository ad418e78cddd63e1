#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <string_view>

namespace sketchntk {

/// Whether every number is finite; about as fast as the numbers can be read.
[[nodiscard]] bool all_finite(std::span<const float> values);

/// @param what named in front of the message
/// @param first_row number, from 0, of the view's first row
/// @throws InvalidArgument naming row and column (counted from 1) of the first value that is not
///   finite.
void refuse_not_finite(std::string_view what, MatrixView<const float> rows, Index first_row = 0);

/// What `refuse_not_finite` throws for one value.
[[noreturn]] void throw_not_finite(std::string_view what, Index row, Index column, double value);

}  // namespace sketchntk
