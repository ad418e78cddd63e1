// Fewer rows than half of the features: the path is that of the space that the rows span.
#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/solve/lambda_selection.hpp>
#include <sketchntk/solve/leave_one_out.hpp>
#include <sketchntk/solve/ridge_posterior.hpp>

#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

// The same regression by its Gram.
RidgePath path_by_gram(const Problem& problem, Intercept intercept = Intercept::fitted) {
    RidgeAccumulator accumulator = accumulate(problem);
    accumulator.flush({});
    return RidgePath(std::move(accumulator), {}, intercept);
}

RidgePath path_by_rows(const Problem& problem, Intercept intercept = Intercept::fitted,
                       const Execution& execution = {}) {
    return RidgePath(accumulate(problem), execution, intercept);
}

// What sums of m terms lose to rounding, times the condition number.
double tolerance(const RidgePath& path, double lambda) {
    return static_cast<double>(path.feature_count()) * std::numeric_limits<double>::epsilon() *
           path.solve(lambda).condition_number;
}

}  // namespace

TEST_CASE("few rows have the solutions of the normal equations") {
    for (const Intercept with : {Intercept::fitted, Intercept::none})
        for (const Index rows : {2, 31, 150, 200}) {
            const Problem problem(rows, 400, 2);
            const RidgePath path = path_by_rows(problem, with);
            const double unit = mean_kernel_diagonal(problem.features);
            REQUIRE(path.mean_kernel_diagonal() == Approx(unit).epsilon(1e-12));
            REQUIRE(path.rows() == rows);
            REQUIRE(path.feature_count() == 400);
            for (const double lambda : {1e-4, 1e-2, 1.0, 100.0}) {
                const RidgeSolution solution = path.solve(lambda);
                const DirectRidge direct(problem.features, problem.targets, lambda * unit, with);
                CHECK(relative_difference(as_eigen(solution.coefficients), direct.coefficients) <
                      tolerance(path, lambda));
                CHECK(solution.intercept[1] ==
                      Approx(direct.intercept(1)).epsilon(tolerance(path, lambda)));
            }
        }
}

TEST_CASE("few rows have the spectrum and the criteria of their Gram") {
    for (const Intercept with : {Intercept::fitted, Intercept::none}) {
        const Problem problem(150, 400, 2);
        const RidgePath path = path_by_rows(problem, with);
        const RidgePath reference = path_by_gram(problem, with);
        const double norm = reference.eigenvalues().back();
        for (std::size_t k = 0; k < 400; ++k)
            CHECK(path.eigenvalues()[k] ==
                  Approx(reference.eigenvalues()[k]).epsilon(0).margin(1e-12 * norm));
        CHECK(path.smallest_lambda() < 10 * reference.smallest_lambda());
        CHECK(select_by_gcv(path).lambda == select_by_gcv(reference).lambda);
        for (const double lambda : {1e-3, 0.1, 10.0}) {
            const double bound = tolerance(reference, lambda);
            const RidgeEvaluation mine = path.evaluate(lambda);
            const RidgeEvaluation theirs = reference.evaluate(lambda);
            CHECK(mine.degrees_of_freedom == Approx(theirs.degrees_of_freedom).epsilon(bound));
            CHECK(mine.generalised_cross_validation ==
                  Approx(theirs.generalised_cross_validation).epsilon(bound / lambda));
            CHECK(mine.training_mean_squared_errors[1] ==
                  Approx(theirs.training_mean_squared_errors[1]).epsilon(bound / lambda));
        }
        CHECK(contains(message_of([&] { static_cast<void>(path.solve(0.0)); }), "full rank"));
    }
}

TEST_CASE("rows that repeat each other, or are zero, are few rows too") {
    Problem problem(120, 300, 1);
    problem.features.middleRows(40, 40) = problem.features.middleRows(0, 40);
    problem.features.middleRows(100, 20).setZero();
    problem.features.col(17).setZero();
    const RidgePath path = path_by_rows(problem);
    const RidgePath reference = path_by_gram(problem);
    for (const double lambda : {1e-3, 1.0})
        CHECK(relative_difference(as_eigen(path.solve(lambda).coefficients),
                                  as_eigen(reference.solve(lambda).coefficients)) <
              tolerance(reference, lambda));
    const Problem single(1, 300, 1);
    const RidgeSolution mean = path_by_rows(single).solve(0.1);
    CHECK(as_eigen(mean.coefficients).cwiseAbs().maxCoeff() == 0.0);
    CHECK(mean.intercept[0] == Approx(single.targets(0, 0)));
}

TEST_CASE("few rows are left out one by one, and predicted with a variance") {
    const Problem problem(30, 90, 1);
    const double lambda = 0.05;
    const RidgePath path = path_by_rows(problem);
    const RidgePath reference = path_by_gram(problem);
    LeaveOneOut leave_one_out(path, {lambda});
    add_in_batches(leave_one_out, problem, 7, {});
    CHECK(leave_one_out.mean_squared_errors({})[0] ==
          Approx(refitted_leave_one_out(problem, lambda * path.mean_kernel_diagonal(),
                                        Intercept::fitted))
              .epsilon(1e-9));

    const Matrix<double> others = to_matrix(Problem(50, 90, 1, 9).features);
    const std::vector<double> mine = RidgePosterior(path, lambda).variances(others.view());
    const std::vector<double> theirs = RidgePosterior(reference, lambda).variances(others.view());
    for (std::size_t i = 0; i < mine.size(); ++i)
        CHECK(mine[i] == Approx(theirs[i]).epsilon(tolerance(reference, lambda)));
}

TEST_CASE("few rows with weights are the rows that they stand for") {
    const Problem problem(60, 300, 2);
    std::vector<double> weights;
    std::vector<Index> numbers;
    for (Index i = 0; i < 60; ++i) {
        weights.push_back(static_cast<double>(i % 3));
        for (Index k = 0; k < i % 3; ++k) numbers.push_back(i);
    }
    Problem repeated = problem;
    repeated.features = problem.features(numbers, Eigen::all);
    repeated.targets = problem.targets(numbers, Eigen::all);
    RidgeAccumulator accumulator(300, 2);
    accumulator.add({to_float(problem.features).view(), to_matrix(problem.targets).view(), weights},
                    {});
    accumulator.scale_weights(5.0);
    accumulator.scale_weights(0.2);
    const RidgePath path(std::move(accumulator), {});
    const RidgePath reference = path_by_gram(repeated);
    CHECK(path.rows() == 40);
    CHECK(path.observations() == Approx(60).epsilon(1e-13));
    for (const double lambda : {1e-3, 1.0})
        CHECK(relative_difference(as_eigen(path.solve(lambda).coefficients),
                                  as_eigen(reference.solve(lambda).coefficients)) <
              tolerance(reference, lambda));
}

TEST_CASE("few rows have the same bits for any threads and batches, and after a file") {
    const Problem problem(230, 500, 2);
    const Matrix<double> expected =
        path_by_rows(problem, Intercept::fitted, {.threads = 1}).solve(0.01).coefficients;
    RidgeAccumulator accumulator(500, 2);
    add_in_batches(accumulator, problem, 37, {.threads = 3});
    const TemporaryFile file("few");
    accumulator.save(file.path());
    CHECK(std::filesystem::file_size(file.path()) < 240 * 503 * sizeof(double));
    const RidgePath path(RidgeAccumulator::load(file.path()), {.threads = 3});
    CHECK(path.solve(0.01).coefficients == expected);
}

TEST_CASE("few rows that are merged are still rows") {
    const Problem problem(90, 200, 1);
    Problem first = problem;
    Problem second = problem;
    first.features.conservativeResize(50, 200);
    first.targets.conservativeResize(50, 1);
    second.features = problem.features.bottomRows(40).eval();
    second.targets = problem.targets.bottomRows(40).eval();
    RidgeAccumulator merged = accumulate(first);
    merged.merge(accumulate(second), {});
    CHECK(merged.statistics().rows == 0);
    CHECK(RidgePath(std::move(merged), {}).solve(0.1).coefficients ==
          path_by_rows(problem).solve(0.1).coefficients);
}

TEST_CASE("few rows without a scale or beyond float64 are refused with advice") {
    RidgeAccumulator zeros(20, 1);
    zeros.add(Matrix<float>(5, 20), Matrix<double>(5, 1), {});
    CHECK(contains(message_of([&] { RidgePath(std::move(zeros), {}); }), "all features are zero"));
    Matrix<double> huge(5, 20);
    huge(2, 3) = 1e200;
    RidgeAccumulator overflow(20, 1);
    overflow.add({huge.view(), Matrix<double>(5, 1).view()}, {});
    CHECK(contains(message_of([&] { RidgePath(std::move(overflow), {}); }), "overflow"));
}
