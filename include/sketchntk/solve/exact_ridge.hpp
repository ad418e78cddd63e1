#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/kernel_columns.hpp>
#include <sketchntk/solve/exact_leave_one_out.hpp>
#include <sketchntk/solve/exact_solver.hpp>
#include <sketchntk/solve/intercept.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sketchntk {

struct ExactRidgeOptions {
    Intercept intercept = Intercept::fitted;
    double tolerance = 1e-8;      ///< relative residual at which the iteration stops
    Index iteration_limit = 500;  ///< conjugate gradient steps at most
    Index memory_budget = 0;      ///< bytes; 0 takes most of what the machine has available
    ExactSolver solver = ExactSolver::automatic;
    Index rank = 0;  ///< of the preconditioner of `conjugate_gradients`; 0 chooses it
    Seed seed = {};  ///< of its pivots
    /// Where its columns come from: without it from tiles of width 1, which kernels that compute
    /// whole blocks are slow at.
    const KernelColumns* columns = nullptr;
    /// Leave-one-out errors of all rows as well, from the Cholesky factor: n^3 / 3 flops more for
    /// each lambda, as many as the factor takes.
    bool leave_one_out = false;
};

/// Kernel ridge regression with the exact kernel: prediction(x) = b + K(x, X) alpha, where
///
///     A alpha + b 1 = y,   1^T alpha = 0,   A = K + lambda s I,
///
/// s = mean(diag K): the same lambda, the same unpenalised intercept and, where K = Z Z^T, the same
/// predictions as `RidgePath`. Without an intercept A alpha = y.
///
/// Always by preconditioned conjugate gradients in float64 on float32 tiles of K, each symmetric
/// pair once; the solvers differ in the preconditioner (see `ExactSolver`, `plan_exact_solver`):
/// - `cholesky`: a float32 factor of A, its shift raised where float32 cannot hold lambda s;
///   n^3 / 3 flops for each lambda and a few steps.
/// - `cholesky_float64`: the same in float64, for smaller lambdas.
/// - `conjugate_gradients`: F F^T + lambda s I, F from randomly pivoted Cholesky (Diaz, Epperly,
///   Frangella, Tropp and Webber 2023): n rank^2 flops and some tens of steps, more for small
///   lambdas. All lambdas and targets are solved side by side: a step takes one pass over the
///   tiles, kept in memory as far as they fit and else computed again, for all of them.
///
/// All sums have a fixed order: the bits do not depend on the number of threads (those of
/// `conjugate_gradients` do on the rank, which a memory budget may limit).
class ExactRidge {
  public:
    /// One model for each lambda, in their order.
    /// @param kernel K(X, X), n x n
    /// @param diagonal of K, which defines s
    /// @param targets n x t
    /// @throws DimensionMismatch, InvalidArgument (no lambda, one not positive, a number not
    ///   finite), ResourceError above the memory budget, NumericalError if A is not positive
    ///   definite. With leave-one-out errors InvalidArgument for fewer than 2 rows, for
    ///   `conjugate_gradients`, which has no factor, and for `cholesky` with a lambda below
    ///   `float32_lambda`, whose factor would be that of a larger one.
    [[nodiscard]] static std::vector<ExactRidge> fit(const KernelTiles<float>& kernel,
                                                     std::span<const double> diagonal,
                                                     MatrixView<const double> targets,
                                                     std::span<const double> lambdas,
                                                     const Execution& execution,
                                                     const ExactRidgeOptions& options = {});
    /// The same for one lambda.
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
    /// Conjugate gradient steps, the most that a target took.
    [[nodiscard]] Index iterations() const { return iterations_; }
    /// The solver that was used, what it got of the memory, and why: `ExactSolverPlan::reason`.
    [[nodiscard]] const std::string& solver() const { return solver_; }

    /// Empty if not asked for.
    [[nodiscard]] const std::optional<ExactLeaveOneOut>& leave_one_out() const {
        return leave_one_out_;
    }

  private:
    ExactRidge() = default;

    Matrix<double> dual_coefficients_;  ///< n x t
    std::vector<double> intercept_;
    double lambda_ = 0.0;
    double relative_residual_ = 0.0;
    Index iterations_ = 0;
    std::string solver_;
    std::optional<ExactLeaveOneOut> leave_one_out_;
};

}  // namespace sketchntk
