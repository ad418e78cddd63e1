#pragma once

#include <sketchntk/core/matrix.hpp>

#include <Eigen/Core>

namespace sketchntk {

template <typename T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The matrix behind a view as an Eigen expression; products of large ones go to BLAS where the
/// build has it (EIGEN_USE_BLAS), always on the calling thread alone.
template <typename T>
auto as_eigen(const MatrixView<T>& view) {
    using Plain = RowMajor<std::remove_const_t<T>>;
    using Mapped = std::conditional_t<std::is_const_v<T>, const Plain, Plain>;
    return Eigen::Map<Mapped, 0, Eigen::OuterStride<>>(view.data(), view.rows(), view.columns(),
                                                       Eigen::OuterStride<>(view.stride()));
}
template <typename T>
auto as_eigen(Matrix<T>& matrix) {
    return as_eigen(matrix.view());
}
template <typename T>
auto as_eigen(const Matrix<T>& matrix) {
    return as_eigen(matrix.view());
}

}  // namespace sketchntk
