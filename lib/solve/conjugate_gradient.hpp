#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <functional>

namespace sketchntk {

/// What conjugate gradients arrived at; vectors are rows: t x n.
struct ConjugateGradientResult {
    Matrix<double> solutions;
    double relative_residual = 0.0;  ///< the largest over the systems, computed anew at the end
    Index iterations = 0;
};

/// A symmetric operator on each row of a t x n matrix.
using RowOperator = std::function<Matrix<double>(const Matrix<double>&)>;

/// Preconditioned conjugate gradients (Golub and Van Loan, 4th ed., algorithm 11.5.1) on several
/// systems A x = b side by side, until each relative residual |b - A x| / |b| is below `tolerance`,
/// none has improved for twenty steps, or `iteration_limit` steps are done.
/// @throws NumericalError if A shows itself not positive definite.
[[nodiscard]] ConjugateGradientResult conjugate_gradient(const RowOperator& multiply,
                                                         const RowOperator& precondition,
                                                         const Matrix<double>& right_hand_sides,
                                                         double tolerance, Index iteration_limit,
                                                         const Execution& execution);

}  // namespace sketchntk
