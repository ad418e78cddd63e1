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
