#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/data/container.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <Eigen/Eigenvalues>

#include <cmath>
#include <limits>
#include <variant>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

RidgePath path_of(const Problem& problem, Intercept intercept = Intercept::fitted) {
    return RidgePath(accumulate(problem), {}, intercept);
}

DenseMatrix predictions(const RidgeSolution& solution, const DenseMatrix& features) {
    const Eigen::Map<const Eigen::RowVectorXd> intercept(
        solution.intercept.data(), static_cast<Index>(solution.intercept.size()));
    return (features * as_eigen(solution.coefficients)).rowwise() + intercept;
}

// The matrix that takes targets to fitted values.
DenseMatrix hat_matrix(const DenseMatrix& features, double penalty, Intercept with) {
    const Index rows = features.rows();
    DenseMatrix hat = DenseMatrix::Zero(rows, rows);
    DenseMatrix centred = features;
    if (with == Intercept::fitted) {
        hat.setConstant(1.0 / static_cast<double>(rows));
        centred.rowwise() -= features.colwise().mean().eval();
    }
    DenseMatrix normal = centred.transpose() * centred;
    normal.diagonal().array() += penalty;
    return hat + centred * Eigen::LDLT<Eigen::MatrixXd>(normal).solve(centred.transpose());
}

}  // namespace

TEST_CASE("every lambda of a ridge path solves its normal equations") {
    for (const Intercept with : {Intercept::fitted, Intercept::none})
        for (const Index rows : {200, 30}) {
            const Problem problem(rows, 50, 2);
            const RidgePath path = path_of(problem, with);
            const double unit = mean_kernel_diagonal(problem.features);
            REQUIRE(path.mean_kernel_diagonal() == Approx(unit).epsilon(1e-12));
            for (const double lambda : {1e-4, 1e-2, 1.0, 100.0}) {
                const RidgeSolution solution = path.solve(lambda);
                const DirectRidge direct(problem.features, problem.targets, lambda * unit, with);
                CHECK(relative_difference(as_eigen(solution.coefficients), direct.coefficients) <
                      1e-9);
                CHECK(relative_difference(predictions(solution, problem.features),
                                          direct.predict(problem.features)) < 1e-10);
            }
        }
}

TEST_CASE("a ridge path judges its training rows as the hat matrix does") {
    for (const Intercept with : {Intercept::fitted, Intercept::none})
        for (const Index rows : {120, 30}) {
            const Problem problem(rows, 50, 2);
            const RidgePath path = path_of(problem, with);
            for (const double lambda : {1e-3, 0.1, 10.0}) {
                const DenseMatrix hat =
                    hat_matrix(problem.features, lambda * path.mean_kernel_diagonal(), with);
                const double freedom = hat.trace();
                const Eigen::RowVectorXd squares =
                    (problem.targets - hat * problem.targets).colwise().squaredNorm();
                const auto n = static_cast<double>(rows);
                const RidgeEvaluation evaluation = path.evaluate(lambda);
                CHECK(evaluation.degrees_of_freedom == Approx(freedom).epsilon(1e-10));
                CHECK(evaluation.training_mean_squared_errors[0] ==
                      Approx(squares(0) / n).epsilon(1e-7));
                CHECK(evaluation.training_mean_squared_errors[1] ==
                      Approx(squares(1) / n).epsilon(1e-7));
                CHECK(evaluation.generalised_cross_validation ==
                      Approx(n * squares.sum() / std::pow(n - freedom, 2)).epsilon(1e-6));
                CHECK(path.solve(lambda).degrees_of_freedom == evaluation.degrees_of_freedom);
            }
        }
}

TEST_CASE("a ridge path knows the spectrum of the centred Gram") {
    const Problem problem(300, 40, 1);
    const RidgePath path = path_of(problem);
    const DenseMatrix centred =
        problem.features.rowwise() - problem.features.colwise().mean().eval();
    const Eigen::SelfAdjointEigenSolver<DenseMatrix> solver(centred.transpose() * centred);
    const Eigen::VectorXd& expected = solver.eigenvalues();
    for (Index k = 0; k < 40; ++k)
        CHECK(path.eigenvalues()[static_cast<std::size_t>(k)] ==
              Approx(expected(k)).epsilon(1e-10));
    const double shift = 0.1 * path.mean_kernel_diagonal();
    CHECK(path.solve(0.1).condition_number ==
          Approx((expected(39) + shift) / (expected(0) + shift)).epsilon(1e-10));
}

TEST_CASE("scaling all features leaves the predictions of a lambda as they are") {
    const Problem problem(150, 20, 1);
    Problem scaled = problem;
    scaled.features *= 1024.0;
    const RidgeSolution a = path_of(problem).solve(0.01);
    const RidgeSolution b = path_of(scaled).solve(0.01);
    CHECK(relative_difference(predictions(b, scaled.features), predictions(a, problem.features)) <
          1e-12);
    CHECK(b.degrees_of_freedom == Approx(a.degrees_of_freedom).epsilon(1e-12));
}

TEST_CASE("lambda zero is least squares where the features have full rank") {
    const Problem problem(100, 10, 1);
    const RidgePath path = path_of(problem);
    const DirectRidge direct(problem.features, problem.targets, 0.0, Intercept::fitted);
    const RidgeSolution solution = path.solve(0.0);
    CHECK(relative_difference(as_eigen(solution.coefficients), direct.coefficients) < 1e-10);
    CHECK(solution.degrees_of_freedom == Approx(11.0));
    for (const double lambda :
         {-1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS(path.solve(lambda), InvalidArgument);
}

TEST_CASE("a Gram of deficient rank can be solved with a penalty and not without") {
    Problem problem(200, 20, 1);
    problem.features.col(3) = problem.features.col(4);
    problem.features.col(7).setConstant(2.5);
    const RidgePath path = path_of(problem);
    CHECK(contains(message_of([&] { static_cast<void>(path.solve(0.0)); }), "full rank"));
    CHECK(contains(message_of([&] { static_cast<void>(path.solve(1e-25)); }), "take lambda >="));
    REQUIRE(path.smallest_lambda() < 1e-10);
    const RidgeSolution solution = path.solve(1e-4);
    const DirectRidge direct(problem.features, problem.targets, 1e-4 * path.mean_kernel_diagonal(),
                             Intercept::fitted);
    CHECK(relative_difference(predictions(solution, problem.features),
                              direct.predict(problem.features)) < 1e-10);
    CHECK(std::abs(solution.coefficients(7, 0)) < 1e-8);
}

TEST_CASE("constant features leave the mean of the targets") {
    Problem problem(50, 3, 1);
    problem.features.setConstant(0.1F);
    const RidgeSolution solution = path_of(problem).solve(0.1);
    const double mean = problem.targets.mean();
    CHECK(predictions(solution, problem.features)(0, 0) == Approx(mean).epsilon(1e-12));
    CHECK(solution.degrees_of_freedom == Approx(1.0));
}

TEST_CASE("one row and one feature are a ridge regression too") {
    const RidgeSolution solution = path_of(Problem(1, 1, 1)).solve(1.0);
    CHECK(solution.coefficients(0, 0) == 0.0);
    CHECK(solution.degrees_of_freedom == 1.0);
}

TEST_CASE("a Gram that is none is refused with advice") {
    CHECK_THROWS_AS(RidgePath(RidgeAccumulator(3, 1), {}), InvalidArgument);
    RidgeAccumulator zeros(3, 1);
    zeros.add(Matrix<float>(5, 3), Matrix<double>(5, 1), {});
    CHECK(contains(message_of([&] { RidgePath(std::move(zeros), {}); }), "all features are zero"));

    const auto damaged = [](double entry) {
        const TemporaryFile file("damaged");
        accumulate(Problem(100, 4, 1)).save(file.path());
        RidgeAccumulator healthy = RidgeAccumulator::load(file.path());
        healthy.flush({});
        const TemporaryFile flushed("flushed");
        healthy.save(flushed.path());
        Container content = read_container(flushed.path(), "ridge accumulator", 3);
        std::get<Matrix<double>>(content.arrays[0].values)(2, 1) = entry;
        write_container(file.path(), content);
        return message_of([&] { RidgePath(RidgeAccumulator::load(file.path()), {}); });
    };
    CHECK(contains(damaged(std::numeric_limits<double>::quiet_NaN()), "not finite in row 2"));
    CHECK(contains(damaged(1e6), "further below zero than rounding allows"));
}
