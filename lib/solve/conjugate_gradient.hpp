#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/solve/intercept.hpp>

#include <functional>
#include <span>
#include <vector>

namespace sketchntk {

/// What conjugate gradients arrived at; vectors are rows: t x n.
struct ConjugateGradientResult {
    Matrix<double> solutions;
    std::vector<double> intercepts;          ///< b of each system; 0 without one
    std::vector<double> relative_residuals;  ///< of each, computed anew at the end
    std::vector<Index> iterations;           ///< of each
};

/// Row v of the result is a symmetric operator, that of system number systems[v], on row v of a
/// matrix.
using SystemOperator =
    std::function<Matrix<double>(const Matrix<double>&, std::span<const Index> systems)>;

/// Preconditioned conjugate gradients (Golub and Van Loan, 4th ed., algorithm 11.5.1) on several
/// systems side by side, each with its own operator, that share the work of a step. With an
/// intercept a system is A x + b 1 = y, 1^T x = 0, solved in the space of vectors of sum zero: the
/// product is projected there, and with p = P^-1 1 the preconditioner P is applied as
/// P^-1 r - p (p^T r) / (p^T 1), which keeps sums zero (a constraint preconditioner: Gould, Hribar
/// and Nocedal 2001). So an intercept costs no system of its own.
///
/// A system is done when its residual |y - b 1 - A x| is below `tolerance` times that of x = 0, and
/// leaves the block. The iteration ends when all are done, when the largest residual has not
/// improved for twenty steps, or after `iteration_limit` steps.
/// @throws NumericalError if A shows itself not positive definite.
[[nodiscard]] ConjugateGradientResult conjugate_gradient(const SystemOperator& multiply,
                                                         const SystemOperator& precondition,
                                                         const Matrix<double>& right_hand_sides,
                                                         Intercept intercept, double tolerance,
                                                         Index iteration_limit,
                                                         const Execution& execution);

}  // namespace sketchntk
