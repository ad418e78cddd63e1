#include "catch2.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/features/normalise_rows.hpp>
#include <sketchntk/model/lambda_choice.hpp>

#include <algorithm>

using namespace sketchntk;

namespace {

Matrix<double> numbers(Index count) {
    Matrix<double> result(count, 1);
    for (Index i = 0; i < count; ++i) result(i, 0) = static_cast<double>(i);
    return result;
}

// Every third row.
LearntRows thirds(const Matrix<float>& rows) {
    Matrix<float> learnt(rows.rows() / 3, rows.columns());
    for (Index i = 0; i < learnt.rows(); ++i)
        std::copy_n(rows.row(3 * i).data(), rows.columns(), learnt.row(i).data());
    LearntRows result;
    result.push_back(std::move(learnt));
    return result;
}

}  // namespace

TEST_CASE("rows that were learnt are left out, each with its target") {
    const Matrix<float> rows = normal_rows(600, 4, 1);
    const LambdaRows kept = rows_not_learnt(rows, numbers(600), {}, thirds(rows), false);
    REQUIRE(kept.inputs.rows() == 400);
    for (Index k = 0; k < 400; ++k) {
        const auto number = static_cast<Index>(kept.targets(k, 0));
        CHECK(number % 3 != 0);
        CHECK(std::equal(rows.row(number).begin(), rows.row(number).end(),
                         kept.inputs.row(k).begin()));
    }
}

TEST_CASE("a map that scales its rows has learnt scaled ones") {
    const Matrix<float> rows = normal_rows(600, 4, 2);
    Matrix<float> scaled(600, 4);
    scale_rows_to_unit_mean_square(rows, scaled);
    CHECK(rows_not_learnt(rows, numbers(600), {}, thirds(scaled), true).inputs.rows() == 400);
    CHECK(rows_not_learnt(rows, numbers(600), {}, thirds(scaled), false).inputs.rows() == 600);
}

TEST_CASE("too many rows are thinned out, too few are none") {
    const Matrix<float> many = normal_rows(9000, 2, 3);
    const LambdaRows kept = rows_not_learnt(many, numbers(9000), {}, thirds(many), false);
    REQUIRE(kept.inputs.rows() == 2048);
    CHECK(kept.targets(0, 0) < 3);
    CHECK(kept.targets(2047, 0) > 8990);
    const Matrix<float> few = normal_rows(383, 2, 4);
    CHECK(rows_not_learnt(few, numbers(383), {}, thirds(few), false).inputs.rows() == 256);
    CHECK(
        rows_not_learnt(few.view().middle_rows(0, 382), numbers(382).view(), {}, thirds(few), false)
            .inputs.rows() == 0);
}
