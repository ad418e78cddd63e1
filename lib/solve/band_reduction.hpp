#pragma once

#include "solve/householder.hpp"
#include "solve/symmetric_band.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// The first stage of the reduction to tridiagonal form: A = Q B Q^T with a band matrix B, by
/// blocks of b = half_width reflections, so that all of it is matrix products (Bischof, Lang and
/// Sun, A framework for symmetric band reduction, ACM TOMS 26 (2000)).
///
/// Q = H_0 H_1 ... with H_k = I - V T V^T, where V has b columns and is zero above row (k + 1) b,
/// and T is upper triangular. 4/3 m^3 flops; the lower triangle is read and written once for each
/// block.
///
/// Reads the lower triangle (j <= i) of `matrix`, whose norm is not far from 1. Leaves V of block k
/// in columns k b to (k + 1) b, from row (k + 1) b on; the strict upper triangle is free
/// afterwards.
/// @return T of the blocks, one below the other
[[nodiscard]] Matrix<double> reduce_to_band(MatrixView<double> matrix, SymmetricBand& band,
                                            const Execution& execution);

/// columns := Q columns or Q^T columns, for `reflectors` and T as `reduce_to_band` left them;
/// 2 m^2 t flops for m x t columns.
void multiply_by_band_factor(MatrixView<const double> reflectors, const Matrix<double>& factors,
                             OrthogonalFactor which, MatrixView<double> columns,
                             const Execution& execution);

/// Working memory of `reduce_to_band` in bytes, its result included.
[[nodiscard]] Index band_reduction_bytes(Index size);

}  // namespace sketchntk
