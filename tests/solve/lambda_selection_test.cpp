#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/solve/lambda_selection.hpp>

#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("scores that count as equal leave the choice to the largest lambda") {
    const std::vector<double> grid{0.1, 1.0, 10.0, 100.0};
    const std::vector<double> scores{1.0005, 1.0, 1.0009, 2.0};
    CHECK(select_lambda(grid, scores).lambda == 1.0);
    const LambdaChoice choice = select_lambda(grid, scores, 1.001);
    CHECK(choice.lambda == 10.0);
    CHECK(choice.score == 1.0009);
    CHECK_FALSE(choice.at_end_of_grid);
}

TEST_CASE("the default grid has ten lambdas a decade") {
    const std::vector<double> grid = default_lambda_grid();
    REQUIRE(grid.size() == 121);
    CHECK(grid.front() == Approx(1e-10));
    CHECK(grid.back() == Approx(1e2));
    CHECK(grid[10] / grid[0] == Approx(10.0));
}

TEST_CASE("the lambda with the lowest score is chosen, and an end of the grid reported") {
    const LambdaChoice inner = select_lambda({1, 2, 3, 4}, {5, 1, 1, 2});
    CHECK(inner.lambda == 3.0);
    CHECK(inner.score == 1.0);
    CHECK_FALSE(inner.at_end_of_grid);
    CHECK(select_lambda({1, 2, 3}, {1, 2, 3}).at_end_of_grid);
    CHECK(select_lambda({1, 2, 3}, {infinity, 2, 3}).at_end_of_grid);
    CHECK(select_lambda({1, 2, 3}, {3, 2, 1}).at_end_of_grid);
    CHECK_THROWS_AS(select_lambda({1, 2}, {1}), DimensionMismatch);
    CHECK_THROWS_AS(select_lambda({}, {}), InvalidArgument);
    CHECK_THROWS_AS(select_lambda({2, 1}, {1, 1}), InvalidArgument);
    CHECK_THROWS_AS(select_lambda({1, 1}, {1, 1}), InvalidArgument);
    CHECK_THROWS_AS(select_lambda({1, 2}, {infinity, infinity}), NumericalError);
}

TEST_CASE("generalised cross-validation chooses the grid's minimum") {
    const RidgePath path(accumulate(Problem(80, 40, 1)), {});
    const LambdaChoice choice = select_by_gcv(path);
    CHECK_FALSE(choice.at_end_of_grid);
    for (const double lambda : choice.lambdas)
        if (lambda >= path.smallest_lambda())
            CHECK(path.evaluate(lambda).generalised_cross_validation >= choice.score);
}

TEST_CASE("a model that interpolates does not look perfect to generalised cross-validation") {
    const RidgePath path(accumulate(Problem(40, 200, 1)), {});
    const LambdaChoice choice = select_by_gcv(path);
    CHECK(choice.scores.front() > choice.score);
    CHECK(choice.score > 0.1);
}

TEST_CASE("validation errors are those of the held-out rows") {
    const Problem training(150, 30, 2, 1);
    const Problem held_out(2500, 30, 2, 2);
    const RidgePath path(accumulate(training), {});
    const std::vector<double> lambdas{1e-6, 1e-3, 0.1, 10.0};
    const RidgeAccumulator waiting = accumulate(held_out);
    REQUIRE(waiting.pending().rows() > 0);
    const std::vector<double> errors = validation_errors(path, waiting, lambdas);
    for (std::size_t i = 0; i < lambdas.size(); ++i) {
        const DirectRidge direct(training.features, training.targets,
                                 lambdas[i] * path.mean_kernel_diagonal(), Intercept::fitted);
        const double expected =
            (held_out.targets - direct.predict(held_out.features)).array().square().mean();
        CHECK(errors[i] == Approx(expected).epsilon(1e-10));
    }
    CHECK_THROWS_AS(validation_errors(path, RidgeAccumulator(30, 2), lambdas), InvalidArgument);
    CHECK_THROWS_AS(validation_errors(path, RidgeAccumulator(31, 2), lambdas), DimensionMismatch);
}

TEST_CASE("lambdas below what float64 resolves get an infinite validation error") {
    const RidgePath path(accumulate(Problem(20, 60, 1)), {});
    const std::vector<double> errors =
        validation_errors(path, accumulate(Problem(20, 60, 1, 2)), std::vector{1e-30, 0.1});
    CHECK(errors[0] == infinity);
    CHECK(errors[1] < infinity);
}
