#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/matrix.hpp>

#include <cmath>
#include <span>
#include <string>

namespace sketchntk {

/// The sum of squares of float32 numbers in float64, which neither overflows nor underflows.
inline double sum_of_squares(std::span<const float> values) {
    double sum = 0;
    for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
    return sum;
}

/// What scales a row with these entries to length sqrt(columns).
/// @throws InvalidArgument naming the row, counted from 1, if it is zero.
inline double unit_mean_square_scale(std::span<const float> values, Index columns, Index row) {
    const double squares = sum_of_squares(values);
    if (squares == 0)
        throw InvalidArgument("normalise rows: row " + std::to_string(row + 1) +
                              " is zero and has no direction");
    return std::sqrt(static_cast<double>(columns) / squares);
}

}  // namespace sketchntk
