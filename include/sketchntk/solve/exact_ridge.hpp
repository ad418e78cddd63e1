#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>
#include <sketchntk/solve/intercept.hpp>

#include <span>
#include <vector>

namespace sketchntk {

struct ExactRidgeOptions {
    Intercept intercept = Intercept::fitted;
    double tolerance = 1e-8;      ///< relative residual at which the iteration stops
    Index iteration_limit = 200;  ///< conjugate gradient steps at most
    Index memory_budget = 0;      ///< bytes; 0 takes what the machine has available
};

/// Kernel ridge regression with the exact kernel: prediction(x) = b + K(x, X) alpha, where
///
///     A alpha = y - b,   A = K + lambda s I,   b = 1^T A^-1 y / 1^T A^-1 1,
///
/// s = mean(diag K): the same lambda, the same unpenalised intercept and, where K = Z Z^T, the same
/// predictions as `RidgePath`.
///
/// A float32 Cholesky factor (with its shift raised where float32 cannot hold lambda s) is the
/// preconditioner of conjugate gradients in float64 that compute the tiles of K again in each step,
/// each symmetric pair once. All sums have a fixed order: the bits do not depend on the number of
/// threads. Cost: n^3 / 3 flops, then n^2 / 2 kernel entries a step; a few steps for ordinary
/// lambdas. Memory see `bytes`.
class ExactRidge {
  public:
    /// @param kernel K(X, X), n x n
    /// @param diagonal of K, which defines s
    /// @param targets n x t
    /// @throws DimensionMismatch, InvalidArgument (lambda not positive, a number not finite),
    ///   ResourceError above the memory budget, NumericalError if A is not positive definite.
    [[nodiscard]] static ExactRidge fit(const KernelTiles<float>& kernel,
                                        std::span<const double> diagonal,
                                        MatrixView<const double> targets, double lambda,
                                        const Execution& execution,
                                        const ExactRidgeOptions& options = {});

    /// @param cross K(test, X)
    /// @return test rows x t
    /// @throws DimensionMismatch
    [[nodiscard]] Matrix<double> predict(const KernelTiles<float>& cross,
                                         const Execution& execution) const;

    [[nodiscard]] const Matrix<double>& dual_coefficients() const { return dual_coefficients_; }
    [[nodiscard]] const std::vector<double>& intercept() const { return intercept_; }
    [[nodiscard]] double lambda() const { return lambda_; }
    /// The largest |b - A x| / |b| of the systems solved, computed anew from the final solution.
    [[nodiscard]] double relative_residual() const { return relative_residual_; }
    /// Conjugate gradient steps.
    [[nodiscard]] Index iterations() const { return iterations_; }

    /// Rounding errors of float32 in K and its factor act like a random symmetric matrix with
    /// entries of about eps s, whose norm is 2 sqrt(n) eps s: this over s. A smaller lambda leaves
    /// it to luck whether A is positive definite.
    [[nodiscard]] static double float32_lambda(Index rows);

    /// Memory of `fit` in bytes for n rows and t targets: 2 n^2 and smaller terms.
    [[nodiscard]] static Index bytes(Index rows, Index targets);

  private:
    ExactRidge() = default;

    Matrix<double> dual_coefficients_;  ///< n x t
    std::vector<double> intercept_;
    double lambda_ = 0.0;
    double relative_residual_ = 0.0;
    Index iterations_ = 0;
};

}  // namespace sketchntk
