// Leave-one-out errors and generalised cross-validation of exact kernel ridge regression, against
// fitting once for each row.
#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/solve/exact_ridge.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <Eigen/LU>

#include <cmath>
#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

/// exp(-|i - j| / 20) on unequal scales, in numbers that float32 holds.
DenseMatrix uneven_kernel(Index rows) {
    return DenseMatrix::NullaryExpr(rows, rows, [](Index i, Index j) {
        const double scales = (1.0 + 0.5 * std::sin(static_cast<double>(i))) *
                              (1.0 + 0.5 * std::sin(static_cast<double>(j)));
        const double entry = scales * std::exp(-std::abs(static_cast<double>(i - j)) / 20.0);
        return static_cast<double>(static_cast<float>(entry));
    });
}

std::vector<double> diagonal_entries(const DenseMatrix& kernel) {
    const Eigen::VectorXd diagonal = kernel.diagonal();
    return {diagonal.begin(), diagonal.end()};
}

/// Kernel ridge regression in float64 by a dense solver of the whole system with its intercept.
DenseMatrix predictions(const DenseMatrix& kernel, const DenseMatrix& targets,
                        const DenseMatrix& cross, double shift, Intercept intercept) {
    const Index rows = kernel.rows(), extra = intercept == Intercept::fitted ? 1 : 0;
    Eigen::MatrixXd system = Eigen::MatrixXd::Zero(rows + extra, rows + extra);
    system.topLeftCorner(rows, rows) = kernel;
    system.topLeftCorner(rows, rows).diagonal().array() += shift;
    if (extra == 1) {
        system.col(rows).head(rows).setOnes();
        system.row(rows).head(rows).setOnes();
    }
    Eigen::MatrixXd sides = Eigen::MatrixXd::Zero(rows + extra, targets.cols());
    sides.topRows(rows) = targets;
    const Eigen::MatrixXd solution = system.partialPivLu().solve(sides);
    DenseMatrix result = cross * solution.topRows(rows);
    if (extra == 1) result.rowwise() += solution.row(rows);
    return result;
}

DenseMatrix refitted_errors(const DenseMatrix& kernel, const DenseMatrix& targets, double shift,
                            Intercept intercept) {
    DenseMatrix errors = targets;
    for (Index left_out = 0; left_out < kernel.rows(); ++left_out) {
        std::vector<Index> kept;
        for (Index i = 0; i < kernel.rows(); ++i)
            if (i != left_out) kept.push_back(i);
        errors.row(left_out) -= predictions(kernel(kept, kept), targets(kept, Eigen::all),
                                            kernel(std::vector{left_out}, kept), shift, intercept);
    }
    return errors;
}

ExactRidgeOptions with_leave_one_out(ExactSolver solver, Intercept intercept) {
    ExactRidgeOptions options;
    options.intercept = intercept;
    options.tolerance = 1e-12;
    options.solver = solver;
    options.leave_one_out = true;
    return options;
}

}  // namespace

TEST_CASE("the diagonal of the inverse comes from the factor, whatever panels and threads") {
    for (const Index size : {1, 300, 1100}) {
        const DenseMatrix kernel = uneven_kernel(size);
        DenseMatrix shifted = kernel;
        shifted.diagonal().array() += 0.1;
        const Eigen::VectorXd expected = Eigen::MatrixXd(shifted).inverse().diagonal();
        const auto largest_error = [&](const std::vector<double>& found) {
            const Eigen::Map<const Eigen::VectorXd> diagonal(found.data(), size);
            return (diagonal.array() / expected.array() - 1).abs().maxCoeff();
        };
        const TiledCholesky<double> in_double(MatrixKernel<double>(kernel, true), 0.1, {});
        CHECK(largest_error(in_double.inverse_diagonal({})) < 1e-12);
        const TiledCholesky<float> in_float(MatrixKernel<float>(kernel, true), 0.1, {});
        const std::vector<double> found = in_float.inverse_diagonal({.threads = 1});
        CHECK(largest_error(found) < float32_lambda(size) / 0.1);
        CHECK(in_float.inverse_diagonal({.threads = 2}) == found);
        CHECK(in_float.inverse_diagonal({.threads = 5}) == found);
    }
}

TEST_CASE("leave-one-out errors of exact ridge regression are those of fitting without each row") {
    constexpr Index rows = 60;
    const DenseMatrix kernel = uneven_kernel(rows);
    const MatrixKernel<float> tiles(kernel, true);
    const DenseMatrix targets = Problem(rows, 3, 2).targets;
    const double scale = kernel.diagonal().mean();
    for (const Intercept intercept : {Intercept::fitted, Intercept::none})
        for (const double lambda : {1e-3, 0.1, 10.0}) {
            const DenseMatrix errors = refitted_errors(kernel, targets, lambda * scale, intercept);
            const DenseMatrix residuals =
                targets - predictions(kernel, targets, kernel, lambda * scale, intercept);
            // Hat matrix: what becomes of unit vectors.
            const double freedom = predictions(kernel, DenseMatrix::Identity(rows, rows), kernel,
                                               lambda * scale, intercept)
                                       .trace();
            const double gcv =
                rows * residuals.squaredNorm() / ((rows - freedom) * (rows - freedom));
            for (const ExactSolver solver :
                 {ExactSolver::cholesky, ExactSolver::cholesky_float64}) {
                const double tolerance = solver == ExactSolver::cholesky
                                             ? std::max(1e-6, float32_lambda(rows) / lambda)
                                             : 1e-6;
                const ExactRidge ridge =
                    ExactRidge::fit(tiles, diagonal_entries(kernel), to_matrix(targets), lambda, {},
                                    with_leave_one_out(solver, intercept));
                REQUIRE(ridge.leave_one_out().has_value());
                const ExactLeaveOneOut& found = *ridge.leave_one_out();
                CAPTURE(to_text(solver), intercept == Intercept::fitted, lambda);
                CHECK(relative_difference(as_eigen(found.errors), errors) < tolerance);
                CHECK(found.mean_squared_error ==
                      Approx(errors.squaredNorm() / (2 * rows)).epsilon(2 * tolerance));
                CHECK(found.degrees_of_freedom == Approx(freedom).margin(rows * tolerance));
                CHECK(found.generalised_cross_validation == Approx(gcv).epsilon(4 * tolerance));
            }
        }
}

TEST_CASE("leave-one-out errors come for each lambda, have fixed bits, and only if asked for") {
    const DenseMatrix kernel = uneven_kernel(700);
    const MatrixKernel<float> tiles(kernel, true);
    const Matrix<double> targets = to_matrix(Problem(700, 3, 2).targets);
    const std::vector<double> diagonal = diagonal_entries(kernel);
    const auto fit = [&](std::vector<double> lambdas, int threads) {
        return ExactRidge::fit(tiles, diagonal, targets, lambdas, Execution{threads},
                               with_leave_one_out(ExactSolver::automatic, Intercept::fitted));
    };
    const std::vector<ExactRidge> both = fit({0.01, 0.1}, 1);
    CHECK(contains(both[0].solver(), "cholesky ("));
    for (std::size_t k = 0; k < 2; ++k) {
        const ExactRidge alone = std::move(fit({both[k].lambda()}, 3).front());
        CHECK(alone.leave_one_out()->errors == both[k].leave_one_out()->errors);
        CHECK(alone.leave_one_out()->generalised_cross_validation ==
              both[k].leave_one_out()->generalised_cross_validation);
    }
    CHECK(both[0].leave_one_out()->mean_squared_error !=
          both[1].leave_one_out()->mean_squared_error);
    CHECK(!ExactRidge::fit(tiles, diagonal, targets, 0.1, {}).leave_one_out().has_value());
    // Too small for a float32 factor.
    CHECK(contains(fit({1e-7}, 1).front().solver(), "cholesky64 ("));
}

TEST_CASE("leave-one-out errors are refused where there is no factor that could tell them") {
    const auto message = [](Index rows, ExactSolver solver, double lambda, Index budget = 0) {
        const DenseMatrix kernel = uneven_kernel(rows);
        ExactRidgeOptions options = with_leave_one_out(solver, Intercept::fitted);
        options.memory_budget = budget;
        return message_of([&] {
            static_cast<void>(ExactRidge::fit(MatrixKernel<float>(kernel, true),
                                              diagonal_entries(kernel), Matrix<double>(rows, 1),
                                              lambda, {}, options));
        });
    };
    CHECK(contains(message(30, ExactSolver::conjugate_gradients, 0.1), "take auto, cholesky"));
    CHECK(contains(message(30, ExactSolver::cholesky, 1e-8), "take cholesky64"));
    CHECK(contains(message(1, ExactSolver::cholesky, 0.1), "at least two rows"));
    CHECK(contains(message(30, ExactSolver::automatic, 0.1, 1000), "no leave-one-out errors"));
}
