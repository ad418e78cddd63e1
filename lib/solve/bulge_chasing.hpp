#pragma once

#include "solve/householder.hpp"
#include "solve/symmetric_band.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <span>

namespace sketchntk {

/// The second stage of the reduction to tridiagonal form: B = Q T Q^T, one column after the other,
/// each followed by the bulge that it pushes down the band (Lang, A parallel algorithm for reducing
/// symmetric banded matrices to tridiagonal form, SIAM J. Sci. Comput. 14 (1993)).
///
/// Step s of sweep j is a reflection I - v v^T of the b = half_width rows from j + 1 + s b on
/// (fewer at the end); v is written to row j of `reflectors`, from column j + 1 + s b on, so that
/// the sweeps fill the strict upper triangle. Q is the product of the reflections in this order.
///
/// 7 m^2 b flops. Several sweeps run at the same time, one behind the other.
void chase_bulges(SymmetricBand& band, MatrixView<double> reflectors, std::span<double> diagonal,
                  std::span<double> off_diagonal, const Execution& execution);

/// Steps of sweep j = 0, ..., m - 2.
[[nodiscard]] constexpr Index chase_step_count(Index size, Index sweep) {
    return (size - 2 - sweep) / SymmetricBand::half_width + 1;
}

/// columns := Q columns or Q^T columns; 2 m^2 t flops for m x t columns.
void multiply_by_chase_factor(MatrixView<const double> reflectors, OrthogonalFactor which,
                              MatrixView<double> columns, const Execution& execution);

}  // namespace sketchntk
