// header under test: sketchntk/model/regression_error.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/regression_error.hpp>

#include <cmath>

using namespace sketchntk;

TEST_CASE("errors are those of their definitions") {
    Matrix<double> truth(4, 2);
    Matrix<double> predictions(4, 2);
    for (Index i = 0; i < 4; ++i) {
        truth(i, 0) = static_cast<double>(i);
        predictions(i, 0) = static_cast<double>(i) + (i % 2 == 0 ? 1 : -1);
        truth(i, 1) = 5;
        predictions(i, 1) = 7;
    }
    RegressionError error(2);
    error.add(predictions.view().middle_rows(0, 1), truth.view().middle_rows(0, 1));
    error.add(predictions.view().middle_rows(1, 3), truth.view().middle_rows(1, 3));
    CHECK(error.rows() == 4);
    CHECK(error.root_mean_square(0) == Approx(1));
    CHECK(error.root_mean_square(1) == Approx(2));
    CHECK(error.root_mean_square() == Approx(std::sqrt(2.5)));
    CHECK(error.r_squared(0) == Approx(1 - 4 / 5.0));
    CHECK(std::isnan(error.r_squared(1)));
}

TEST_CASE("shapes that do not fit are refused") {
    RegressionError error(2);
    REQUIRE_THROWS_AS(error.add(Matrix<double>(3, 2), Matrix<double>(2, 2)), DimensionMismatch);
    REQUIRE_THROWS_AS(error.add(Matrix<double>(3, 1), Matrix<double>(3, 1)), DimensionMismatch);
}
