#include "catch2.hpp"
#include "support.hpp"
#include "temporary_path.hpp"

#include <sketchntk/solve/lambda_selection.hpp>
#include <sketchntk/solve/leave_one_out.hpp>

#include <atomic>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

// Weights 0, 1, 2, 3, and the rows that they stand for.
struct Weighted {
    Problem problem;
    Problem repeated;
    std::vector<double> weights;

    explicit Weighted(Index rows) : problem(rows, 30, 2, 7), repeated(problem) {
        std::vector<Index> numbers;
        for (Index i = 0; i < rows; ++i) {
            weights.push_back(static_cast<double>((i * 7) % 4));
            for (Index k = 0; k < (i * 7) % 4; ++k) numbers.push_back(i);
        }
        repeated.features = problem.features(numbers, Eigen::all);
        repeated.targets = problem.targets(numbers, Eigen::all);
    }

    RidgeAccumulator accumulated() const {
        RidgeAccumulator accumulator(30, 2);
        const Matrix<float> features = to_float(problem.features);
        accumulator.add({features.view(), to_matrix(problem.targets).view(), weights}, {});
        return accumulator;
    }
};

}  // namespace

TEST_CASE("a row of weight w counts like w rows: sums, path and generalised cross-validation") {
    const Weighted rows(1700);
    const RidgeAccumulator weighted = rows.accumulated();
    RidgeAccumulator repeated = accumulate(rows.repeated);
    CHECK(weighted.rows() == 1275);
    const RidgePath a(RidgeAccumulator(weighted), {});
    const RidgePath b(std::move(repeated), {});
    CHECK(a.rows() == 1275);
    CHECK(a.weight() == Approx(2550).epsilon(1e-13));
    CHECK(a.observations() == Approx(2550).epsilon(1e-13));
    CHECK(a.mean_kernel_diagonal() == Approx(b.mean_kernel_diagonal()).epsilon(1e-12));
    for (const double lambda : {1e-6, 1e-2, 10.0}) {
        const RidgeEvaluation x = a.evaluate(lambda);
        const RidgeEvaluation y = b.evaluate(lambda);
        CHECK(x.degrees_of_freedom == Approx(y.degrees_of_freedom).epsilon(1e-10));
        CHECK(x.generalised_cross_validation ==
              Approx(y.generalised_cross_validation).epsilon(1e-10));
        CHECK(x.training_mean_squared_errors[1] ==
              Approx(y.training_mean_squared_errors[1]).epsilon(1e-10));
        const RidgeSolution mine = a.solve(lambda);
        const RidgeSolution theirs = b.solve(lambda);
        CHECK(relative_difference(as_eigen(mine.coefficients), as_eigen(theirs.coefficients)) <
              1e-10);
        CHECK(mine.intercept[0] == Approx(theirs.intercept[0]).epsilon(1e-10));
    }
}

TEST_CASE("weights that sum up to one take no observations away") {
    const Problem problem(200, 10, 1);
    RidgeAccumulator accumulator(10, 1);
    const std::vector<double> weights(200, 1.0 / 200);
    accumulator.add({to_float(problem.features).view(), to_matrix(problem.targets).view(), weights},
                    {});
    const RidgePath path(std::move(accumulator), {});
    const RidgePath plain(accumulate(problem), {});
    CHECK(path.observations() == 200);
    // The penalty is not divided by the number of rows.
    const RidgeEvaluation scaled = path.evaluate(0.1 / 200);
    const RidgeEvaluation evaluation = plain.evaluate(0.1);
    CHECK(scaled.degrees_of_freedom == Approx(evaluation.degrees_of_freedom));
    CHECK(200 * scaled.generalised_cross_validation ==
          Approx(evaluation.generalised_cross_validation));
}

TEST_CASE("the leave-one-out error with weights is that of fits without each row") {
    Problem problem(40, 5, 1, 3);
    std::vector<double> weights;
    for (Index i = 0; i < 40; ++i) weights.push_back(0.5 + static_cast<double>(i % 3));
    const Matrix<float> features = to_float(problem.features);
    const Matrix<double> targets = to_matrix(problem.targets);
    RidgeAccumulator all(5, 1);
    all.add({features.view(), targets.view(), weights}, {});
    const RidgePath path(std::move(all), {});
    const double lambda = 0.3;
    LeaveOneOut leave_one_out(path, {lambda});
    leave_one_out.add({features.view(), targets.view(), weights}, {});

    double squares = 0;
    double weight = 0;
    for (Index left_out = 0; left_out < 40; ++left_out) {
        std::vector<double> others = weights;
        others[static_cast<std::size_t>(left_out)] = 0;
        RidgeAccumulator accumulator(5, 1);
        accumulator.add({features.view(), targets.view(), others}, {});
        const RidgePath without(std::move(accumulator), {});
        // The penalty stays that of all rows.
        const RidgeSolution solution =
            without.solve(lambda * path.mean_kernel_diagonal() / without.mean_kernel_diagonal());
        const double prediction =
            (problem.features.row(left_out) * as_eigen(solution.coefficients))(0, 0) +
            solution.intercept[0];
        const double error = problem.targets(left_out, 0) - prediction;
        squares += weights[static_cast<std::size_t>(left_out)] * error * error;
        weight += weights[static_cast<std::size_t>(left_out)];
    }
    CHECK(leave_one_out.mean_squared_errors({})[0] == Approx(squares / weight).epsilon(1e-9));
}

TEST_CASE("held-out errors take weights") {
    const Weighted rows(900);
    const RidgePath path(accumulate(Problem(500, 30, 2, 8)), {});
    const std::vector<double> lambdas{1e-3, 1.0};
    const std::vector<double> weighted = validation_errors(path, rows.accumulated(), lambdas);
    const std::vector<double> repeated =
        validation_errors(path, accumulate(rows.repeated), lambdas);
    for (std::size_t i = 0; i < 2; ++i) CHECK(weighted[i] == Approx(repeated[i]).epsilon(1e-10));
}

TEST_CASE("features in float64 keep their digits, and weights go to the file and back") {
    const Weighted rows(1300);
    RidgeAccumulator accumulator(30, 2);
    Matrix<double> features = to_matrix(rows.problem.features);
    for (Index i = 0; i < 1300; ++i) features(i, 0) += 1e-9;  // lost in float32
    const Matrix<double> targets = to_matrix(rows.problem.targets);
    accumulator.add({features.view(), targets.view(), rows.weights}, {});
    const sketchntk_test::TemporaryDirectory directory;
    accumulator.save(directory.file("sums"));
    const RidgeAccumulator again = RidgeAccumulator::load(directory.file("sums"));
    CHECK(again.rows() == accumulator.rows());
    CHECK(again.statistics().weight == accumulator.statistics().weight);
    CHECK(again.pending().rows() == accumulator.pending().rows());
    RidgeStatistics a = std::move(accumulator).release({});
    RidgeStatistics b = RidgeAccumulator(again).release({});
    CHECK(a.gram == b.gram);
    CHECK(a.cross == b.cross);
    const RidgeStatistics rounded = rows.accumulated().release({});
    CHECK(a.cross(0, 2) - rounded.cross(0, 2) == Approx(1e-9 * a.weight).epsilon(1e-3));
}

TEST_CASE("scaled weights are those of rows with scaled weights") {
    const Weighted rows(1300);
    RidgeAccumulator scaled = rows.accumulated();
    scaled.scale_weights(4.0);
    std::vector<double> weights = rows.weights;
    for (double& weight : weights) weight *= 4.0;
    RidgeAccumulator direct(30, 2);
    direct.add(
        {to_float(rows.problem.features).view(), to_matrix(rows.problem.targets).view(), weights},
        {});
    const RidgeStatistics a = std::move(scaled).release({});
    const RidgeStatistics b = std::move(direct).release({});
    CHECK(a.rows == b.rows);
    CHECK(a.weight == Approx(b.weight));
    CHECK(relative_difference(as_eigen(a.gram), as_eigen(b.gram)) < 1e-13);
    CHECK(relative_difference(as_eigen(a.cross), as_eigen(b.cross)) < 1e-13);
    CHECK(a.target_squares[1] == Approx(b.target_squares[1]));
    CHECK_THROWS_AS(RidgeAccumulator(2, 1).scale_weights(0), InvalidArgument);
}

TEST_CASE("a stop leaves no part of a batch in the sums") {
    const Weighted rows(1300);
    const std::atomic<bool> stop = true;
    RidgeAccumulator stopped(30, 2);
    const Matrix<float> features = to_float(rows.problem.features);
    const Matrix<double> targets = to_matrix(rows.problem.targets);
    CHECK_THROWS_AS(stopped.add({features.view(), targets.view(), rows.weights}, {.stop = &stop}),
                    Interrupted);
    CHECK(stopped.rows() == 0);
    stopped.add({features.view(), targets.view(), rows.weights}, {});
    CHECK(std::move(stopped).release({.stop = &stop}).gram == rows.accumulated().release({}).gram);
    CHECK_THROWS_AS(RidgePath(rows.accumulated(), {.stop = &stop}), Interrupted);
}

TEST_CASE("weights below 0 and of another number are refused") {
    RidgeAccumulator accumulator(2, 1);
    const Matrix<float> features(3, 2);
    const Matrix<double> targets(3, 1);
    const std::vector<double> few{1, 1};
    CHECK_THROWS_AS(accumulator.add({features.view(), targets.view(), few}, {}), DimensionMismatch);
    const std::vector<double> negative{1, 1, -1};
    CHECK_THROWS_AS(accumulator.add({features.view(), targets.view(), negative}, {}),
                    InvalidArgument);
    const std::vector<double> zeros(3, 0.0);
    accumulator.add({features.view(), targets.view(), zeros}, {});
    CHECK(accumulator.rows() == 0);
    CHECK_THROWS_AS(RidgePath(std::move(accumulator), {}), InvalidArgument);
}
