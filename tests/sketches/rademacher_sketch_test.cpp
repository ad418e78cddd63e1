#include "catch2.hpp"
#include "sketches/explicit_operator_checks.hpp"
#include "sketches/stream_numbers.hpp"

#include <sketchntk/sketches/rademacher_sketch.hpp>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

RademacherSketch make_rademacher(Index inputs, Index outputs, Seed seed) {
    return {inputs, outputs, seed};
}

}  // namespace

TEST_CASE("the Rademacher sketch does what every explicit row sketch does") {
    check_explicit_row_sketch(make_rademacher);
}

TEST_CASE("the Rademacher sketch is unbiased, with the variance of the closed formula") {
    for (const Index outputs : {1, 16}) {
        check_expectation_and_variance(
            [&](Seed seed) { return make_rademacher(12, outputs, seed); }, 12, 4000);
    }
}

TEST_CASE("the matrix of a Rademacher sketch is scaled by its outputs") {
    const Matrix<float> matrix = transposed_matrix(make_rademacher(30, 16, Seed{3}));
    std::vector<float> row(16);
    for (Index j = 0; j < 30; ++j) {
        RandomStream(Seed{3}, stream_number::rademacher_entries).fill_signs(j, 0, row);
        for (std::size_t i = 0; i < 16; ++i) CHECK(matrix.row(j)[i] == 0.25F * row[i]);
    }
}

TEST_CASE("impossible Rademacher sketches are refused") {
    check_refused_sizes(make_rademacher);
    CHECK_THROWS_AS(make_rademacher(Index{1} << 25, Index{1} << 25, Seed{}), InvalidArgument);
    CHECK(make_rademacher(100, 20, Seed{}).bytes() == 8000);
    CHECK(make_rademacher(100, 20, Seed{}).flops(3) == Approx(12000));
}
