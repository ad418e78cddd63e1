#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

/// Rows of independent standard normal numbers.
inline sketchntk::Matrix<float> normal_rows(sketchntk::Index rows, sketchntk::Index columns,
                                            std::uint64_t seed) {
    const sketchntk::RandomStream stream(sketchntk::Seed{seed}, 0);
    sketchntk::Matrix<float> result(rows, columns);
    for (sketchntk::Index i = 0; i < rows; ++i) stream.fill_normal(i, 0, result.row(i));
    return result;
}

/// Rows of several lengths and angles: a general pair, a coincident one, opposite ones, and a zero
/// row.
inline sketchntk::Matrix<float> rows_of_all_kinds(sketchntk::Index columns = 5) {
    sketchntk::Matrix<float> x = normal_rows(6, columns, 11);
    for (sketchntk::Index j = 0; j < columns; ++j) {
        x(2, j) = x(0, j);
        x(3, j) = -2 * x(1, j);
        x(4, j) *= 10;
        x(5, j) = 0;
    }
    return x;
}
