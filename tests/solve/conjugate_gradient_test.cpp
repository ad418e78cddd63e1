#include "catch2.hpp"
#include "repetitions.hpp"
#include "solve/kernel_product.hpp"
#include "solve/nystrom_preconditioner.hpp"
#include "support.hpp"

#include <sketchntk/kernels/fully_connected_columns.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/solve/exact_ridge.hpp>

#include <array>
#include <cmath>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

// The NTK of normal rows, whose eigenvalues decay slowly, as those of real data do.
struct NetworkKernel {
    explicit NetworkKernel(Index rows)
        : inputs(to_float(Problem(rows, 5, 1).features)),
          network(fully_connected_network(2)),
          kernel(network, KernelKind::ntk, inputs.view()),
          columns(network, KernelKind::ntk, inputs.view()),
          matrix(as_eigen(gram<float>(kernel)).cast<double>()) {}

    Matrix<float> inputs;
    Network network;
    FullyConnectedKernel<float> kernel;
    FullyConnectedColumns columns;
    RowMajor<double> matrix;
};

// alpha and b of A alpha + b 1 = y, 1^T alpha = 0, by elimination of b.
RowMajor<double> direct_solution(const RowMajor<double>& kernel, const RowMajor<double>& targets,
                                 double shift, bool intercept) {
    RowMajor<double> shifted = kernel;
    shifted.diagonal().array() += shift;
    const Eigen::LDLT<Eigen::MatrixXd> factor(shifted);
    RowMajor<double> alpha = factor.solve(targets);
    if (!intercept) return alpha;
    const Eigen::VectorXd ones = factor.solve(Eigen::VectorXd::Ones(kernel.rows()));
    for (Index j = 0; j < alpha.cols(); ++j) alpha.col(j) -= alpha.col(j).sum() / ones.sum() * ones;
    return alpha;
}

}  // namespace

TEST_CASE("a symmetric product is that of the whole matrix, kept or computed again") {
    // One tile, a whole number of them, an odd number with a narrow last one, an even one.
    for (const Index size : {1, 300, 512, 1100, 1700}) {
        const NetworkKernel problem(size);
        const Matrix<double> vectors = to_matrix(Problem(3, size, 1).features);
        const RowMajor<double> expected = as_eigen(vectors) * problem.matrix;
        Matrix<double> reference;
        for (const Index kept : {Index{0}, Index{2} << 20, SymmetricProduct::bytes_of_tiles(size)})
            for (const int threads : {1, 2, 5}) {
                SymmetricProduct product(problem.kernel, kept);
                const Matrix<double> first = product.multiply(vectors, Execution{threads});
                CHECK(product.multiply(vectors, Execution{threads}) == first);
                if (reference.empty()) reference = first;
                CHECK(first == reference);
            }
        // float64 sums of n terms.
        CHECK(relative_difference(as_eigen(reference), expected) < 1e-13);
    }
}

TEST_CASE("the Nystrom preconditioner is the inverse of F F^T plus the shift") {
    constexpr Index rows = 1100;
    const Matrix<float> factor = to_float(Problem(rows, 300, 1).features);
    const Matrix<double> vectors = to_matrix(Problem(3, rows, 1).features);
    const std::vector<double> shifts{0.5, 20.0};
    const std::vector<Index> shift_of{0, 1, 0};
    const NystromPreconditioner preconditioner(factor, shifts, {});
    const Matrix<double> result = preconditioner.apply(vectors, shift_of, {});
    CHECK(preconditioner.apply(vectors, shift_of, Execution{5}) == result);
    const RowMajor<double> f = as_eigen(factor).cast<double>();
    for (Index v = 0; v < 3; ++v) {
        const auto row = as_eigen(result).row(v);
        const RowMajor<double> back =
            row * f * f.transpose() +
            shifts[static_cast<std::size_t>(shift_of[static_cast<std::size_t>(v)])] * row;
        // The condition number, below 1e6, times the rounding of float64.
        CHECK(relative_difference(back, as_eigen(vectors).row(v)) < 1e-9);
    }
}

TEST_CASE("conjugate gradients solve several lambdas and targets at once") {
    const Index rows = sketchntk_test::size_of_test(1300, 700);
    const NetworkKernel problem(rows);
    const Matrix<double> targets = to_matrix(Problem(rows, 3, 2).targets);
    const std::vector<double> lambdas{0.3, 1e-3, 1e-2};
    const double mean_diagonal = problem.matrix.diagonal().mean();
    for (const Intercept intercept : {Intercept::fitted, Intercept::none}) {
        ExactRidgeOptions options;
        options.solver = ExactSolver::conjugate_gradients;
        options.intercept = intercept;
        options.tolerance = 1e-9;
        options.columns = &problem.columns;
        const auto fit = [&](int threads) {
            return ExactRidge::fit(problem.kernel, problem.kernel.diagonal(), targets, lambdas,
                                   Execution{threads}, options);
        };
        const std::vector<ExactRidge> models = fit(1);
        REQUIRE(models.size() == lambdas.size());
        // A system that is solved leaves the block.
        CHECK(models[0].iterations() < models[2].iterations());
        CHECK(models[2].iterations() < models[1].iterations());
        const std::vector<ExactRidge> others = fit(5);
        for (std::size_t i = 0; i < models.size(); ++i) {
            CHECK(models[i].lambda() == lambdas[i]);
            CHECK(models[i].relative_residual() < 2e-9);
            CHECK(contains(models[i].solver(), "cg"));
            CHECK(models[i].dual_coefficients() == others[i].dual_coefficients());
            const bool with = intercept == Intercept::fitted;
            const RowMajor<double> expected = direct_solution(problem.matrix, as_eigen(targets),
                                                              lambdas[i] * mean_diagonal, with);
            // The residual times the condition number, n / lambda at most and far less here.
            CHECK(relative_difference(as_eigen(models[i].dual_coefficients()), expected) < 1e-5);
            // What a solution's rows sum to is the constraint, and y - A alpha the intercept.
            const RowMajor<double> left = as_eigen(targets) - problem.matrix * expected -
                                          lambdas[i] * mean_diagonal * expected;
            for (Index j = 0; j < 2; ++j)
                CHECK(std::abs(models[i].intercept()[static_cast<std::size_t>(j)] -
                               left.col(j).mean()) < 1e-5);
        }
    }
}

TEST_CASE("a stronger preconditioner takes fewer steps, and columns may come from tiles") {
    constexpr Index rows = 600;
    const NetworkKernel problem(rows);
    const Matrix<double> targets = to_matrix(Problem(rows, 3, 1).targets);
    const auto options = [&](Index rank, const KernelColumns* columns) {
        ExactRidgeOptions result;
        result.solver = ExactSolver::conjugate_gradients;
        result.rank = rank;
        result.columns = columns;
        return result;
    };
    const std::vector<double>& diagonal = problem.kernel.diagonal();
    const auto fit = [&](Index rank) {
        return ExactRidge::fit(problem.kernel, diagonal, targets, 1e-3, {},
                               options(rank, &problem.columns));
    };
    const ExactRidge weak = fit(10);
    const ExactRidge strong = fit(200);
    CHECK(strong.iterations() < weak.iterations() / 2);
    const ExactRidge from_tiles =
        ExactRidge::fit(MatrixKernel<float>(problem.matrix, true), diagonal, targets, 1e-3, {},
                        options(200, nullptr));
    // The residual, 1e-8, times the condition number, n / lambda at most and far less here.
    for (const ExactRidge* other : {&weak, &from_tiles})
        CHECK(relative_difference(as_eigen(other->dual_coefficients()),
                                  as_eigen(strong.dual_coefficients())) < 1e-4);
}

TEST_CASE("all solvers of exact ridge regression agree") {
    constexpr Index rows = 1100;
    const NetworkKernel problem(rows);
    const Matrix<double> targets = to_matrix(Problem(rows, 3, 1).targets);
    const auto predictions = [&](ExactSolver solver) {
        ExactRidgeOptions options;
        options.solver = solver;
        options.columns = &problem.columns;
        return ExactRidge::fit(problem.kernel, problem.kernel.diagonal(), targets, 1e-3, {},
                               options)
            .predict(problem.kernel, {});
    };
    const Matrix<double> reference = predictions(ExactSolver::cholesky_float64);
    for (const ExactSolver solver : {ExactSolver::cholesky, ExactSolver::conjugate_gradients})
        CHECK(relative_difference(as_eigen(predictions(solver)), as_eigen(reference)) < 1e-6);
}

TEST_CASE("conjugate gradients say that they did not converge, and that a matrix is not definite") {
    constexpr Index rows = 600;
    const NetworkKernel problem(rows);
    const Matrix<double> targets = to_matrix(Problem(rows, 3, 1).targets);
    ExactRidgeOptions options;
    options.solver = ExactSolver::conjugate_gradients;
    options.rank = 5;
    options.iteration_limit = 3;
    const ExactRidge stopped =
        ExactRidge::fit(problem.kernel, problem.kernel.diagonal(), targets, 1e-4, {}, options);
    CHECK(stopped.iterations() == 3);
    CHECK(stopped.relative_residual() > 1e-8);

    RowMajor<double> indefinite = problem.matrix;
    indefinite(7, 7) -= 100.0 * indefinite.diagonal().mean();
    const MatrixKernel<float> tiles(indefinite, true);
    options.iteration_limit = 500;
    CHECK(contains(message_of([&] {
                       static_cast<void>(ExactRidge::fit(tiles, problem.kernel.diagonal(), targets,
                                                         1e-4, {}, options));
                   }),
                   "raise lambda"));
}

TEST_CASE("the solver is chosen by memory and operations, and says why") {
    constexpr Index gigabyte = Index{1} << 30;
    const auto plan = [](Index rows, double lambda, Index budget,
                         ExactSolver wanted = ExactSolver::automatic) {
        return plan_exact_solver({.rows = rows, .smallest_lambda = lambda}, wanted, 0, budget);
    };
    CHECK(plan(1000, 1e-2, gigabyte).solver == ExactSolver::cholesky);
    CHECK(plan(1000, 1e-9, gigabyte).solver == ExactSolver::cholesky_float64);
    const ExactSolverPlan kept = plan(41157, 1e-2, 20 * gigabyte);
    CHECK(kept.solver == ExactSolver::conjugate_gradients);
    CHECK(kept.kept_bytes == SymmetricProduct::bytes_of_tiles(41157));
    CHECK(contains(kept.reason, "100 %"));
    const ExactSolverPlan small = plan(41157, 1e-2, gigabyte);
    CHECK(small.solver == ExactSolver::conjugate_gradients);
    CHECK(small.bytes <= gigabyte);
    CHECK(contains(small.reason, "does not fit"));
    CHECK(plan(41157, 1e-2, 20 * gigabyte, ExactSolver::cholesky).solver == ExactSolver::cholesky);
    CHECK(contains(
        message_of([&] { static_cast<void>(plan(41157, 1e-2, gigabyte, ExactSolver::cholesky)); }),
        "memory budget"));
    CHECK(contains(message_of([&] { static_cast<void>(plan(41157, 1e-2, gigabyte / 1000)); }),
                   "memory budget"));
    CHECK(parse_exact_solver("cg") == ExactSolver::conjugate_gradients);
    CHECK_THROWS_AS(parse_exact_solver("lu"), InvalidArgument);
}
