#include "core/eigen.hpp"
#include "features/pivoted_cholesky.hpp"
#include "solve/conjugate_gradient.hpp"
#include "solve/factor_leave_one_out.hpp"
#include "solve/kernel_product.hpp"
#include "solve/nystrom_preconditioner.hpp"
#include "solve/rounded_text.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/exact_ridge.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

struct Problem {
    const KernelTiles<float>& kernel;
    std::span<const double> diagonal;
    MatrixView<const double> targets;
    std::span<const double> lambdas;
};

void check_shapes(const Problem& problem) {
    const Index rows = problem.kernel.rows();
    if (problem.kernel.columns() != rows || !problem.kernel.symmetric())
        throw DimensionMismatch("kernel: expected a symmetric one, K(X, X), got " +
                                std::to_string(rows) + " x " +
                                std::to_string(problem.kernel.columns()));
    if (static_cast<Index>(problem.diagonal.size()) != rows)
        throw DimensionMismatch("diagonal: expected " + std::to_string(rows) + " entries, got " +
                                std::to_string(problem.diagonal.size()));
    if (problem.targets.rows() != rows)
        throw DimensionMismatch("targets: expected " + std::to_string(rows) + " rows, got " +
                                std::to_string(problem.targets.rows()));
    if (rows < 1) throw InvalidArgument("kernel: expected at least one row, got none");
}

void check_values(const Problem& problem) {
    if (problem.lambdas.empty()) throw InvalidArgument("lambda: expected at least one, got none");
    for (const double lambda : problem.lambdas)
        if (!(lambda > 0.0) || !std::isfinite(lambda))
            throw InvalidArgument("lambda: expected a positive, finite number, got " +
                                  rounded_text(lambda));
    for (Index i = 0; i < problem.targets.rows(); ++i)
        for (Index j = 0; j < problem.targets.columns(); ++j)
            if (!std::isfinite(problem.targets(i, j)))
                throw InvalidArgument("targets: expected finite numbers, got " +
                                      rounded_text(problem.targets(i, j)) + " in row " +
                                      std::to_string(i) + ", column " + std::to_string(j) +
                                      " (both counted from 0)");
    for (std::size_t i = 0; i < problem.diagonal.size(); ++i)
        if (!std::isfinite(problem.diagonal[i]))
            throw InvalidArgument("diagonal: expected finite numbers, got " +
                                  rounded_text(problem.diagonal[i]) + " in row " +
                                  std::to_string(i));
}

void check_leave_one_out(const Problem& problem, ExactSolver solver) {
    const Index rows = problem.kernel.rows();
    if (rows < 2)
        throw InvalidArgument("leave-one-out: expected at least two rows, got " +
                              std::to_string(rows));
    const double smallest = *std::min_element(problem.lambdas.begin(), problem.lambdas.end());
    if (solver == ExactSolver::cholesky && smallest < float32_lambda(rows))
        throw InvalidArgument("leave-one-out: lambda " + rounded_text(smallest) + " is below " +
                              rounded_text(float32_lambda(rows)) +
                              ", the least that a float32 factor of " + std::to_string(rows) +
                              " rows can tell; take cholesky64 or a larger lambda");
}

double mean_of(std::span<const double> diagonal) {
    double sum = 0.0;
    for (const double entry : diagonal) sum += entry;
    const double mean = sum / static_cast<double>(diagonal.size());
    if (!(mean > 0.0))
        throw NumericalError("the mean of the kernel's diagonal is " + rounded_text(mean) +
                             ", so that lambda has no scale: check the data");
    return mean;
}

class WidenedTiles final : public KernelTiles<double> {
  public:
    explicit WidenedTiles(const KernelTiles<float>& kernel) : kernel_(kernel) {}
    [[nodiscard]] Index rows() const override { return kernel_.rows(); }
    [[nodiscard]] Index columns() const override { return kernel_.columns(); }
    [[nodiscard]] bool symmetric() const override { return kernel_.symmetric(); }
    void tile(Index first_row, Index first_column, MatrixView<double> out) const override {
        Matrix<float> entries(out.rows(), out.columns());
        kernel_.tile(first_row, first_column, entries);
        as_eigen(out) = as_eigen(entries).cast<double>();
    }

  private:
    const KernelTiles<float>& kernel_;
};

// A preconditioner need not have the shift of the system: raised until float32 can factor it, but
// not beyond what rounding explains.
TiledCholesky<float> float32_factor(const KernelTiles<float>& kernel, double shift,
                                    double mean_diagonal, const Execution& execution) {
    const double rounding = float32_lambda(kernel.rows()) * mean_diagonal;
    double raised = std::max(shift, rounding);
    for (;;) {
        try {
            return TiledCholesky<float>(kernel, raised, execution);
        } catch (const NumericalError&) {
            if (raised > 16.0 * rounding) throw;
            raised *= 4.0;
        }
    }
}

Matrix<double> transposed(MatrixView<const double> matrix) {
    Matrix<double> result(matrix.columns(), matrix.rows());
    as_eigen(result) = as_eigen(matrix).transpose();
    return result;
}

template <typename T>
SystemOperator solved_by(const TiledCholesky<T>& cholesky, const Execution& execution) {
    return [&](const Matrix<double>& vectors, std::span<const Index>) {
        return transposed(cholesky.solve(transposed(vectors), execution));
    };
}

template <typename T>
InverseParts inverse_parts(const TiledCholesky<T>& factor, Intercept intercept,
                           const Execution& execution) {
    InverseParts parts{.diagonal = factor.inverse_diagonal(execution)};
    if (intercept == Intercept::none) return parts;
    Matrix<double> ones(factor.size(), 1);
    as_eigen(ones).setOnes();
    const Matrix<double> row_sums = factor.solve(ones, execution);
    parts.row_sums.assign(row_sums.data(), row_sums.data() + factor.size());
    return parts;
}

struct Solved {
    ConjugateGradientResult systems;
    std::optional<InverseParts> inverse;  ///< where leave-one-out errors are asked for
};

// Systems are numbered by lambda, then by target.
class Systems {
  public:
    Systems(const Problem& problem, const ExactRidgeOptions& options, const ExactSolverPlan& plan,
            const Execution& execution)
        : problem_(problem),
          options_(options),
          plan_(plan),
          execution_(execution),
          targets_(problem.targets.columns()),
          mean_diagonal_(mean_of(problem.diagonal)),
          product_(problem.kernel, plan.kept_bytes),
          means_(static_cast<std::size_t>(targets_), 0.0) {
        if (options.intercept == Intercept::fitted)
            for (Index j = 0; j < targets_; ++j)
                means_[static_cast<std::size_t>(j)] = as_eigen(problem.targets).col(j).mean();
    }

    /// Those of consecutive lambdas.
    Solved solve(std::span<const double> lambdas) {
        std::vector<double> shifts;
        for (const double lambda : lambdas) shifts.push_back(lambda * mean_diagonal_);
        switch (plan_.solver) {
            case ExactSolver::cholesky:
                return refine(
                    options_.leave_one_out
                        ? TiledCholesky<float>(problem_.kernel, shifts.front(), execution_)
                        : float32_factor(problem_.kernel, shifts.front(), mean_diagonal_,
                                         execution_),
                    shifts);
            case ExactSolver::cholesky_float64:
                return refine(TiledCholesky<double>(WidenedTiles(problem_.kernel), shifts.front(),
                                                    execution_),
                              shifts);
            default:
                return {iterate_with_nystrom(shifts), std::nullopt};
        }
    }

    [[nodiscard]] double mean_diagonal() const { return mean_diagonal_; }
    [[nodiscard]] double target_mean(Index j) const { return means_[static_cast<std::size_t>(j)]; }

  private:
    template <typename T>
    Solved refine(const TiledCholesky<T>& factor, const std::vector<double>& shifts) {
        Solved solved{iterate(shifts, solved_by(factor, execution_)), std::nullopt};
        if (options_.leave_one_out)
            solved.inverse = inverse_parts(factor, options_.intercept, execution_);
        return solved;
    }

    ConjugateGradientResult iterate_with_nystrom(const std::vector<double>& shifts) {
        const TileColumns from_tiles(problem_.kernel, problem_.diagonal);
        const KernelColumns& columns = options_.columns != nullptr ? *options_.columns : from_tiles;
        const NystromPreconditioner preconditioner(
            randomly_pivoted_cholesky(columns, plan_.rank, options_.seed, execution_).factor,
            shifts, execution_);
        return iterate(shifts, [&](const Matrix<double>& vectors, std::span<const Index> systems) {
            std::vector<Index> shift_of;
            for (const Index system : systems) shift_of.push_back(system / targets_);
            return preconditioner.apply(vectors, shift_of, execution_);
        });
    }

    ConjugateGradientResult iterate(const std::vector<double>& shifts,
                                    const SystemOperator& precondition) {
        const auto multiply = [&](const Matrix<double>& vectors, std::span<const Index> systems) {
            Matrix<double> result = product_.multiply(vectors, execution_);
            for (Index v = 0; v < vectors.rows(); ++v)
                as_eigen(result).row(v) += shifts[static_cast<std::size_t>(
                                               systems[static_cast<std::size_t>(v)] / targets_)] *
                                           as_eigen(vectors).row(v);
            return result;
        };
        return conjugate_gradient(multiply, precondition, right_hand_sides(shifts.size()),
                                  options_.intercept, options_.tolerance, options_.iteration_limit,
                                  execution_);
    }

    // The targets about their means as rows, once for each shift.
    [[nodiscard]] Matrix<double> right_hand_sides(std::size_t shifts) const {
        Matrix<double> result(static_cast<Index>(shifts) * targets_, problem_.targets.rows());
        for (Index row = 0; row < result.rows(); ++row)
            as_eigen(result).row(row) =
                as_eigen(problem_.targets).col(row % targets_).transpose().array() -
                target_mean(row % targets_);
        return result;
    }

    const Problem& problem_;
    const ExactRidgeOptions& options_;
    const ExactSolverPlan& plan_;
    const Execution& execution_;
    Index targets_;
    double mean_diagonal_;
    SymmetricProduct product_;
    std::vector<double> means_;
};

}  // namespace

ExactRidge ExactRidge::fit(const KernelTiles<float>& kernel, std::span<const double> diagonal,
                           MatrixView<const double> targets, double lambda,
                           const Execution& execution, const ExactRidgeOptions& options) {
    return std::move(
        fit(kernel, diagonal, targets, std::span(&lambda, 1), execution, options).front());
}

std::vector<ExactRidge> ExactRidge::fit(const KernelTiles<float>& kernel,
                                        std::span<const double> diagonal,
                                        MatrixView<const double> targets,
                                        std::span<const double> lambdas, const Execution& execution,
                                        const ExactRidgeOptions& options) {
    const Problem problem{kernel, diagonal, targets, lambdas};
    check_shapes(problem);
    check_values(problem);
    const ExactSolverPlan plan =
        plan_exact_solver({.rows = kernel.rows(),
                           .targets = targets.columns(),
                           .lambdas = static_cast<Index>(lambdas.size()),
                           .smallest_lambda = *std::min_element(lambdas.begin(), lambdas.end()),
                           .tolerance = options.tolerance,
                           .leave_one_out = options.leave_one_out,
                           .threads = thread_count(execution)},
                          options.solver, options.rank, options.memory_budget);
    if (options.leave_one_out) check_leave_one_out(problem, plan.solver);
    Systems systems(problem, options, plan, execution);

    const std::size_t together =
        plan.solver == ExactSolver::conjugate_gradients ? lambdas.size() : 1;
    std::vector<ExactRidge> results;
    for (std::size_t first = 0; first < lambdas.size(); first += together) {
        const auto [solved, inverse] = systems.solve(lambdas.subspan(first, together));
        for (std::size_t k = 0; k < together; ++k) {
            ExactRidge result;
            result.lambda_ = lambdas[first + k];
            result.solver_ = plan.reason;
            const Index row = static_cast<Index>(k) * targets.columns();
            result.dual_coefficients_ =
                transposed(solved.solutions.view().middle_rows(row, targets.columns()));
            for (Index j = 0; j < targets.columns(); ++j) {
                const auto system = static_cast<std::size_t>(row + j);
                result.intercept_.push_back(systems.target_mean(j) + solved.intercepts[system]);
                result.relative_residual_ =
                    std::max(result.relative_residual_, solved.relative_residuals[system]);
                result.iterations_ = std::max(result.iterations_, solved.iterations[system]);
            }
            if (inverse)
                result.leave_one_out_ = leave_one_out_from(
                    *inverse, result.lambda_ * systems.mean_diagonal(), result.dual_coefficients_);
            results.push_back(std::move(result));
        }
    }
    return results;
}

Matrix<double> ExactRidge::predict(const KernelTiles<float>& cross,
                                   const Execution& execution) const {
    if (cross.columns() != dual_coefficients_.rows())
        throw DimensionMismatch("cross: expected " + std::to_string(dual_coefficients_.rows()) +
                                " columns, one for each training row, got " +
                                std::to_string(cross.columns()));
    Matrix<double> predictions =
        transposed(cross_product(cross, transposed(dual_coefficients_), execution));
    for (Index i = 0; i < predictions.rows(); ++i)
        for (Index j = 0; j < predictions.columns(); ++j)
            predictions(i, j) += intercept_[static_cast<std::size_t>(j)];
    return predictions;
}

}  // namespace sketchntk
