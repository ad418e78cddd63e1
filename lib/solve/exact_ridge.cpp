#include "core/eigen.hpp"
#include "solve/conjugate_gradient.hpp"
#include "solve/kernel_product.hpp"
#include "solve/number_text.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/solve/exact_ridge.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

struct Problem {
    const KernelTiles<float>& kernel;
    std::span<const double> diagonal;
    MatrixView<const double> targets;
    double lambda;
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
    if (!(problem.lambda > 0.0) || !std::isfinite(problem.lambda))
        throw InvalidArgument("lambda: expected a positive, finite number, got " +
                              number_text(problem.lambda));
    for (Index i = 0; i < problem.targets.rows(); ++i)
        for (Index j = 0; j < problem.targets.columns(); ++j)
            if (!std::isfinite(problem.targets(i, j)))
                throw InvalidArgument("targets: expected finite numbers, got " +
                                      number_text(problem.targets(i, j)) + " in row " +
                                      std::to_string(i) + ", column " + std::to_string(j) +
                                      " (both counted from 0)");
    for (std::size_t i = 0; i < problem.diagonal.size(); ++i)
        if (!std::isfinite(problem.diagonal[i]))
            throw InvalidArgument("diagonal: expected finite numbers, got " +
                                  number_text(problem.diagonal[i]) + " in row " +
                                  std::to_string(i));
}

void check_memory(const Problem& problem, Index budget) {
    const Index available = budget > 0 ? budget : available_memory_bytes();
    const Index needed = ExactRidge::bytes(problem.kernel.rows(), problem.targets.columns());
    if (needed > available)
        throw ResourceError("exact kernel ridge on " + std::to_string(problem.kernel.rows()) +
                            " rows needs " + std::to_string(needed) + " bytes, more than the " +
                            std::to_string(available) +
                            " of the memory budget; use fewer rows or a feature map");
}

double mean_of(std::span<const double> diagonal) {
    double sum = 0.0;
    for (const double entry : diagonal) sum += entry;
    const double mean = sum / static_cast<double>(diagonal.size());
    if (!(mean > 0.0))
        throw NumericalError("the mean of the kernel's diagonal is " + number_text(mean) +
                             ", so that lambda has no scale: check the data");
    return mean;
}

// A preconditioner need not have the shift of the system: raised until float32 can factor it.
TiledCholesky<float> factor(const KernelTiles<float>& kernel, double shift, double mean_diagonal,
                            const Execution& execution) {
    constexpr int attempts = 4;
    double raised = std::max(shift, ExactRidge::float32_lambda(kernel.rows()) * mean_diagonal);
    for (int attempt = 1;; ++attempt) {
        try {
            return TiledCholesky<float>(kernel, raised, execution);
        } catch (const NumericalError&) {
            if (attempt == attempts) throw;
            raised *= 4.0;
        }
    }
}

Matrix<double> transposed(MatrixView<const double> matrix) {
    Matrix<double> result(matrix.columns(), matrix.rows());
    as_eigen(result) = as_eigen(matrix).transpose();
    return result;
}

// The right-hand sides as rows: targets about their means and, last, ones.
Matrix<double> right_hand_sides(MatrixView<const double> targets, std::span<const double> means,
                                Intercept intercept) {
    const Index columns = targets.columns();
    Matrix<double> result(columns + (intercept == Intercept::fitted ? 1 : 0), targets.rows());
    for (Index j = 0; j < columns; ++j)
        as_eigen(result).row(j) =
            as_eigen(targets).col(j).transpose().array() - means[static_cast<std::size_t>(j)];
    if (intercept == Intercept::fitted) as_eigen(result).row(columns).setOnes();
    return result;
}

std::vector<double> target_means(MatrixView<const double> targets, Intercept intercept) {
    std::vector<double> means(static_cast<std::size_t>(targets.columns()), 0.0);
    if (intercept == Intercept::none) return means;
    for (Index j = 0; j < targets.columns(); ++j)
        means[static_cast<std::size_t>(j)] = as_eigen(targets).col(j).mean();
    return means;
}

ConjugateGradientResult solve_systems(const Problem& problem, const Matrix<double>& sides,
                                      const ExactRidgeOptions& options,
                                      const Execution& execution) {
    const double mean_diagonal = mean_of(problem.diagonal);
    const double shift = problem.lambda * mean_diagonal;
    const auto cholesky = factor(problem.kernel, shift, mean_diagonal, execution);
    const auto multiply = [&](const Matrix<double>& vectors) {
        Matrix<double> product = symmetric_product(problem.kernel, vectors, execution);
        as_eigen(product) += shift * as_eigen(vectors);
        return product;
    };
    const auto precondition = [&](const Matrix<double>& vectors) {
        return transposed(cholesky.solve(transposed(vectors), execution));
    };
    return conjugate_gradient(multiply, precondition, sides, options.tolerance,
                              options.iteration_limit, execution);
}

}  // namespace

ExactRidge ExactRidge::fit(const KernelTiles<float>& kernel, std::span<const double> diagonal,
                           MatrixView<const double> targets, double lambda,
                           const Execution& execution, const ExactRidgeOptions& options) {
    const Problem problem{kernel, diagonal, targets, lambda};
    check_shapes(problem);
    check_values(problem);
    check_memory(problem, options.memory_budget);

    ExactRidge result;
    result.lambda_ = lambda;
    result.intercept_ = target_means(targets, options.intercept);
    auto solved =
        solve_systems(problem, right_hand_sides(targets, result.intercept_, options.intercept),
                      options, execution);
    result.relative_residual_ = solved.relative_residual;
    result.iterations_ = solved.iterations;

    auto solutions = as_eigen(solved.solutions);
    const Index columns = targets.columns();
    for (Index j = 0; j < columns && options.intercept == Intercept::fitted; ++j) {
        const double offset = solutions.row(j).sum() / solutions.row(columns).sum();
        solutions.row(j) -= offset * solutions.row(columns);
        result.intercept_[static_cast<std::size_t>(j)] += offset;
    }
    result.dual_coefficients_ = transposed(solved.solutions.view().middle_rows(0, columns));
    return result;
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

double ExactRidge::float32_lambda(Index rows) {
    return 2.0 * std::sqrt(static_cast<double>(rows)) *
           static_cast<double>(std::numeric_limits<float>::epsilon());
}

Index ExactRidge::bytes(Index rows, Index targets) {
    constexpr int generous_threads = 64;
    constexpr Index vectors_held = 10;
    const Index systems = targets + 1;
    return TiledCholesky<float>::bytes(rows) +
           symmetric_product_bytes(rows, systems, generous_threads) +
           vectors_held * systems * rows * static_cast<Index>(sizeof(double));
}

}  // namespace sketchntk
