#pragma once

#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <algorithm>

namespace sketchntk {

/// out = left * right, in strips of rows of `left` that go to the threads; the bits do not depend
/// on their number.
/// @param left a function: left(first, count) is an Eigen expression of those rows
/// @param out a matrix whose strips of rows may be written by several threads
template <typename Left, typename Right, typename T>
void multiply_strips(const Execution& execution, const Left& left, const Right& right,
                     MatrixView<T> out) {
    constexpr Index strip = 256;
    parallel_for(execution, (out.rows() + strip - 1) / strip, [&](Index s) {
        const Index first = s * strip;
        const Index count = std::min(strip, out.rows() - first);
        as_eigen(out.middle_rows(first, count)).noalias() = left(first, count) * right;
    });
}

/// out = left * right.
template <typename T>
void multiply(const Execution& execution, const Matrix<T>& left, const Matrix<T>& right,
              Matrix<T>& out) {
    const auto rows = [&left](Index first, Index count) {
        return as_eigen(left.view().middle_rows(first, count));
    };
    multiply_strips(execution, rows, as_eigen(right), out.view());
}

/// out = left^T * right.
template <typename T>
void multiply_transposed_left(const Execution& execution, const Matrix<T>& left,
                              const Matrix<T>& right, Matrix<T>& out) {
    const auto rows = [&left](Index first, Index count) {
        return as_eigen(left.view().middle_columns(first, count)).transpose();
    };
    multiply_strips(execution, rows, as_eigen(right), out.view());
}

}  // namespace sketchntk
