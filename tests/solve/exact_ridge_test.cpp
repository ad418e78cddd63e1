#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/solve/exact_ridge.hpp>
#include <sketchntk/solve/ridge_path.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <cmath>
#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

// exp(-|i - j| / 50): positive definite, with eigenvalues over several decades.
DenseMatrix decaying_kernel(Index rows, Index columns) {
    return DenseMatrix::NullaryExpr(rows, columns, [](Index i, Index j) {
        return std::exp(-std::abs(static_cast<double>(i - j)) / 50.0);
    });
}

std::vector<double> diagonal_of(const DenseMatrix& kernel) {
    const Eigen::VectorXd diagonal = kernel.diagonal();
    return {diagonal.begin(), diagonal.end()};
}

}  // namespace

TEST_CASE("a tiled Cholesky factor solves its system") {
    for (const Index size : {1, 300, 1300}) {
        const DenseMatrix kernel = decaying_kernel(size, size);
        const Matrix<double> sides = to_matrix(Problem(size, 2, 1).features);
        DenseMatrix shifted = kernel;
        shifted.diagonal().array() += 0.1;
        const DenseMatrix expected = Eigen::LDLT<Eigen::MatrixXd>(shifted).solve(as_eigen(sides));
        const auto in_double =
            TiledCholesky<double>(MatrixKernel<double>(kernel, true), 0.1, {}).solve(sides, {});
        const auto in_float =
            TiledCholesky<float>(MatrixKernel<float>(kernel, true), 0.1, {}).solve(sides, {});
        CHECK(relative_difference(as_eigen(in_double), expected) < 1e-12);
        CHECK(relative_difference(as_eigen(in_float), expected) < 1e-3);
    }
}

TEST_CASE("the bits of a tiled Cholesky solution do not depend on threads") {
    const MatrixKernel<float> kernel(decaying_kernel(1300, 1300), true);
    const Matrix<double> sides = to_matrix(Problem(1300, 2, 1).features);
    const auto solve = [&](int threads) {
        const Execution execution{threads};
        return TiledCholesky<float>(kernel, 0.01, execution).solve(sides, execution);
    };
    const Matrix<double> reference = solve(1);
    CHECK(solve(2) == reference);
    CHECK(solve(5) == reference);
}

TEST_CASE("a matrix that is not positive definite is refused with its pivot and advice") {
    DenseMatrix kernel = decaying_kernel(700, 700);
    kernel(650, 650) = -3.0;
    const auto message =
        message_of([&] { TiledCholesky<double>(MatrixKernel<double>(kernel, true), 0.5, {}); });
    CHECK(contains(message, "pivot 651 of 700"));
    CHECK(contains(message, "raise lambda"));
    // The diagonal's -3 needs a shift beyond 3.
    const auto place = message.find("more than ");
    REQUIRE(place != std::string::npos);
    CHECK(std::stod(message.substr(place + 10)) >= 3.0);
    CHECK_THROWS_AS(TiledCholesky<double>(MatrixKernel<double>(kernel, false), 0.5, {}),
                    InvalidArgument);
    CHECK_THROWS_AS(
        TiledCholesky<double>(MatrixKernel<double>(DenseMatrix::Zero(2, 3), false), 0.5, {}),
        DimensionMismatch);
    const std::vector<double> ones(700, 1.0);
    CHECK_THROWS_AS(
        ExactRidge::fit(MatrixKernel<float>(kernel, true), ones, Matrix<double>(700, 1), 0.1, {}),
        NumericalError);
}

TEST_CASE("the exact ridge regression of a kernel Z Z^T is the one of the features Z") {
    Problem problem(700, 20, 2);
    // Few bits a number, so that float32 holds the kernel exactly.
    problem.features = problem.features.array().round();
    const Problem test(300, 20, 2, 2);
    const DenseMatrix test_features = test.features.array().round();
    const DenseMatrix kernel = problem.features * problem.features.transpose();
    const MatrixKernel<float> tiles(kernel, true);
    const MatrixKernel<float> cross(test_features * problem.features.transpose(), false);
    for (const Intercept with : {Intercept::fitted, Intercept::none})
        for (const double lambda : {1e-4, 1e-2, 1.0}) {
            const ExactRidge exact = ExactRidge::fit(
                tiles, diagonal_of(kernel), to_matrix(problem.targets), lambda, {}, {with});
            const RidgeSolution primal = RidgePath(accumulate(problem), {}, with).solve(lambda);
            const Eigen::Map<const Eigen::RowVectorXd> intercept(primal.intercept.data(), 2);
            const DenseMatrix expected =
                (test_features * as_eigen(primal.coefficients)).rowwise() + intercept;
            CHECK(exact.relative_residual() < 1e-8);
            CHECK(relative_difference(as_eigen(exact.predict(cross, {})), expected) < 1e-6);
        }
}

TEST_CASE("exact ridge regression is refined to float64 and does not depend on threads") {
    const DenseMatrix kernel = decaying_kernel(1300, 1300);
    const MatrixKernel<float> tiles(kernel, true);
    const Matrix<double> targets = to_matrix(Problem(1300, 2, 1).targets);
    const auto fit = [&](double lambda, int threads) {
        return ExactRidge::fit(tiles, diagonal_of(kernel), targets, lambda, Execution{threads});
    };
    for (const double lambda : {1e-6, 1e-3}) {
        const ExactRidge reference = fit(lambda, 1);
        CHECK(reference.relative_residual() < 1e-8);
        CHECK(reference.iterations() < 30);
        for (const int threads : {2, 5}) {
            const ExactRidge other = fit(lambda, threads);
            CHECK(other.dual_coefficients() == reference.dual_coefficients());
            CHECK(other.intercept() == reference.intercept());
            CHECK(other.predict(tiles, Execution{threads}) ==
                  reference.predict(tiles, Execution{1}));
        }
    }
}

TEST_CASE("scaling the kernel leaves the predictions of a lambda as they are") {
    const DenseMatrix kernel = decaying_kernel(200, 200);
    const DenseMatrix scaled = 1024.0 * kernel;
    const Matrix<double> targets = to_matrix(Problem(200, 2, 1).targets);
    const auto predict = [&](const DenseMatrix& matrix) {
        const MatrixKernel<float> tiles(matrix, true);
        return ExactRidge::fit(tiles, diagonal_of(matrix), targets, 0.01, {}).predict(tiles, {});
    };
    const Matrix<double> a = predict(kernel);
    const Matrix<double> b = predict(scaled);
    CHECK(relative_difference(as_eigen(b), as_eigen(a)) < 1e-6);
}

TEST_CASE("exact ridge regression refuses what it cannot do") {
    const DenseMatrix kernel = decaying_kernel(30, 30);
    const MatrixKernel<float> tiles(kernel, true);
    const std::vector<double> diagonal = diagonal_of(kernel);
    Matrix<double> targets(30, 1);
    CHECK_THROWS_AS(ExactRidge::fit(tiles, diagonal, targets, 0.0, {}), InvalidArgument);
    CHECK_THROWS_AS(ExactRidge::fit(tiles, diagonal, Matrix<double>(29, 1), 0.1, {}),
                    DimensionMismatch);
    CHECK_THROWS_AS(ExactRidge::fit(tiles, std::span(diagonal).first(29), targets, 0.1, {}),
                    DimensionMismatch);
    CHECK_THROWS_AS(ExactRidge::fit(tiles, std::vector<double>(30, 0.0), targets, 0.1, {}),
                    NumericalError);
    CHECK_THROWS_AS(ExactRidge::fit(MatrixKernel<float>(kernel, false), diagonal, targets, 0.1, {}),
                    DimensionMismatch);
    ExactRidgeOptions options;
    options.memory_budget = 1000;
    CHECK(contains(message_of([&] {
                       static_cast<void>(
                           ExactRidge::fit(tiles, diagonal, targets, 0.1, {}, options));
                   }),
                   "memory budget"));
    const ExactRidge fitted = ExactRidge::fit(tiles, diagonal, targets, 0.1, {});
    CHECK_THROWS_AS(fitted.predict(MatrixKernel<float>(DenseMatrix::Zero(4, 29), false), {}),
                    DimensionMismatch);
    targets(7, 0) = std::numeric_limits<double>::quiet_NaN();
    CHECK(contains(
        message_of([&] { static_cast<void>(ExactRidge::fit(tiles, diagonal, targets, 0.1, {})); }),
        "row 7, column 0"));
}
