#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// What the rows of an exact kernel ridge regression say of it without refitting, from the inverse
/// of A = K + lambda s I: with M = A^-1, or A^-1 - A^-1 1 1^T A^-1 / 1^T A^-1 1 with an intercept,
/// and alpha = M y
///
///     error of row i = alpha_i / M_ii,    residuals = lambda s alpha,    n - df = lambda s trace M
///
/// (Allen 1974; Golub, Heath and Wahba 1979). The penalty lambda s stays the same in the refits;
/// the intercept is refitted.
///
/// A factor in T gives M_ii to about 2 sqrt(n) epsilon / lambda at the worst (`float32_lambda` over
/// lambda for float32): a perturbation E of A changes (A^-1)_ii by e_i^T A^-1 E A^-1 e_i, at most
/// |E| / (lambda s) of it.
struct ExactLeaveOneOut {
    Matrix<double> errors;            ///< n x t: y_i - prediction of the model of the other rows
    double mean_squared_error = 0.0;  ///< over rows and targets
    double degrees_of_freedom = 0.0;  ///< trace of the hat matrix, intercept included
    /// sum over the targets of n RSS / (n - df)^2, as in `RidgeEvaluation`.
    double generalised_cross_validation = 0.0;
};

}  // namespace sketchntk
