#pragma once

#include <sketchntk/core/matrix.hpp>

#include <string>

namespace sketchntk {

/// XXH3 (64 bits) of the entries of a matrix, row after row, as 16 hexadecimal digits: tells data
/// sets apart, not safe against intent. O(entries), at the speed of memory.
[[nodiscard]] std::string checksum(MatrixView<const float> matrix);
[[nodiscard]] std::string checksum(MatrixView<const double> matrix);

}  // namespace sketchntk
