#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>
#include <sketchntk/solve/intercept.hpp>
#include <sketchntk/solve/lambda_selection.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// Rows up to which `leave_one_out_errors` will hold the whole kernel matrix in float64.
inline constexpr Index leave_one_out_row_limit = 8192;

/// The mean squared leave-one-out error (over rows and targets) of kernel ridge regression for each
/// lambda, in the convention of `ExactRidge`; the penalty stays the same in the refits. With
/// A = K + lambda s I the error at row i is (M y)_i / M_ii, where M = A^-1 without an intercept and
/// M = A^-1 - A^-1 1 1^T A^-1 / 1^T A^-1 1 with one.
///
/// The (centred) kernel matrix is reduced to tridiagonal form once, for all lambdas. Cost:
/// some 13/3 n^3 flops and (4 + 2 t) n^2 for each lambda; memory 16 n^2 bytes and smaller terms.
///
/// The error is infinite for a lambda that float64 cannot resolve against the kernel's largest
/// eigenvalue.
/// @param kernel K(X, X)
/// @throws DimensionMismatch, InvalidArgument (more rows than the limit, fewer than 2, lambdas not
///   ascending or negative, a number not finite)
[[nodiscard]] std::vector<double> leave_one_out_errors(const KernelTiles<double>& kernel,
                                                       MatrixView<const double> targets,
                                                       std::span<const double> lambdas,
                                                       const Execution& execution,
                                                       Intercept intercept = Intercept::fitted);

/// The lambda with the lowest leave-one-out error on a sample of rows, to be used for the exact
/// kernel on all rows: lambda s estimates a noise variance, which does not depend on their number.
/// @throws as `leave_one_out_errors` and `select_lambda`
[[nodiscard]] LambdaChoice select_lambda_on_sample(const KernelTiles<double>& kernel,
                                                   MatrixView<const double> targets,
                                                   std::vector<double> lambdas,
                                                   const Execution& execution,
                                                   Intercept intercept = Intercept::fitted);

}  // namespace sketchntk
