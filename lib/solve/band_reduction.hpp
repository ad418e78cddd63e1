#pragma once

#include "solve/householder.hpp"
#include "solve/symmetric_band.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// Edge of the tiles that a matrix is best cut into, counted from row 0. A tile, of 128 or 512 KiB,
/// stays in the second-level cache from its update to its products. Products of larger ones are
/// faster, once there are strips enough of them for many threads.
[[nodiscard]] Index band_tile_edge(Index size);

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
/// @return T of the blocks, merged by `merge_band_factors`
[[nodiscard]] Matrix<double> reduce_to_band(MatrixView<double> matrix, SymmetricBand& band,
                                            Index tile_edge, const Execution& execution);

/// Reflections that are applied together, so that what they are applied to is fetched from memory
/// once for all of them.
inline constexpr Index merged_reflections = 128;

/// Groups of `merged_reflections` reflections, fewer in the last, as one product I - V T V^T each
/// (Schreiber and Van Loan, A storage-efficient WY representation for products of Householder
/// transformations, SIAM J. Sci. Stat. Comput. 10 (1989)), from T of blocks of b, one below the
/// other; m^2 flops for each reflection of a group.
/// @return T of the groups, one below the other
[[nodiscard]] Matrix<double> merge_band_factors(MatrixView<const double> reflectors,
                                                const Matrix<double>& blocks,
                                                const Execution& execution);

/// columns := Q columns or Q^T columns, for `reflectors` and T as `reduce_to_band` left them;
/// 2 m^2 t flops for m x t columns.
void multiply_by_band_factor(MatrixView<const double> reflectors, const Matrix<double>& factors,
                             OrthogonalFactor which, MatrixView<double> columns,
                             const Execution& execution);

/// Working memory of `reduce_to_band` in bytes, its result included.
[[nodiscard]] Index band_reduction_bytes(Index size);

}  // namespace sketchntk
