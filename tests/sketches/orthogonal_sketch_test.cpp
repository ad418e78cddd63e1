#include "catch2.hpp"
#include "sketches/explicit_operator_checks.hpp"

#include <sketchntk/sketches/gaussian_sketch.hpp>
#include <sketchntk/sketches/orthogonal_sketch.hpp>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

OrthogonalSketch make_orthogonal(Index inputs, Index outputs, Seed seed) {
    return {inputs, outputs, false, seed};
}
OrthogonalSketch make_orthogonal_with_chi_norms(Index inputs, Index outputs, Seed seed) {
    return {inputs, outputs, true, seed};
}

double output_product(const Matrix<float>& transposed, Index i, Index k) {
    double sum = 0;
    for (Index j = 0; j < transposed.rows(); ++j) {
        sum += static_cast<double>(transposed(j, i)) * static_cast<double>(transposed(j, k));
    }
    return sum;
}

}  // namespace

TEST_CASE("the orthogonal sketch does what every explicit row sketch does") {
    check_explicit_row_sketch(make_orthogonal);
    check_explicit_row_sketch(make_orthogonal_with_chi_norms);
}

TEST_CASE("the orthogonal sketch is unbiased, with the variance of the closed formula") {
    // A cut block alone, one output, a whole block, whole blocks and a cut one, two dimensions.
    for (const Index outputs : {5, 1, 12, 30}) {
        INFO(outputs << " outputs");
        check_expectation_and_variance(
            [&](Seed seed) { return make_orthogonal(12, outputs, seed); }, 12, 4000);
        check_expectation_and_variance(
            [&](Seed seed) { return make_orthogonal_with_chi_norms(12, outputs, seed); }, 12, 4000);
    }
    check_expectation_and_variance([&](Seed seed) { return make_orthogonal(2, 3, seed); }, 2, 4000);
}

TEST_CASE("one output of an orthogonal sketch with chi norms is Gaussian") {
    const Vector x = random_vector(9, 0), y = random_vector(9, 1);
    CHECK(make_orthogonal_with_chi_norms(9, 1, Seed{1}).variance(x, y) ==
          Approx(GaussianSketch(9, 1, Seed{1}).variance(x, y)));
}

TEST_CASE("rows of each block of an orthogonal sketch are orthogonal") {
    constexpr Index d = 20, m = 50;
    const Matrix<float> matrix = transposed_matrix(make_orthogonal(d, m, Seed{1}));
    const Matrix<float> chi = transposed_matrix(make_orthogonal_with_chi_norms(d, m, Seed{1}));
    const double squared_norm = static_cast<double>(d) / static_cast<double>(m);
    for (Index i = 0; i < m; ++i) {
        CHECK(output_product(matrix, i, i) == Approx(squared_norm));
        const double ratio = std::sqrt(output_product(chi, i, i) / squared_norm);
        for (Index j = 0; j < d; ++j) {
            CHECK(static_cast<double>(chi(j, i)) ==
                  Approx(ratio * static_cast<double>(matrix(j, i))).margin(1e-6));
        }
        for (Index k = i / d * d; k < i; ++k) {
            CHECK(output_product(matrix, i, k) == Approx(0).margin(1e-7));
        }
    }
    // Neighbouring blocks are others.
    CHECK(std::abs(output_product(matrix, 0, d)) > 1e-4);
}

TEST_CASE("squared norms with chi norms have mean d / m and the variance of chi squared") {
    constexpr Index d = 10, m = 4000;
    const Matrix<float> matrix = transposed_matrix(make_orthogonal_with_chi_norms(d, m, Seed{4}));
    std::vector<double> sample;
    for (Index i = 0; i < m; ++i) {
        sample.push_back(output_product(matrix, i, i) * static_cast<double>(m));
    }
    check_mean(moments(sample), 10, 0);
    check_variance(moments(sample), 20, 0);
}

TEST_CASE("impossible orthogonal sketches are refused") {
    check_refused_sizes(make_orthogonal);
    CHECK_THROWS_AS(make_orthogonal(Index{1} << 25, Index{1} << 25, Seed{}), InvalidArgument);
    OperatorDescription description = make_orthogonal(4, 4, Seed{}).description();
    description.options = {{"chi_norms", std::string("perhaps")}};
    CHECK_THROWS_AS(OrthogonalSketch::from_description(description), InvalidArgument);
    description.options = {};
    CHECK(!OrthogonalSketch::from_description(description).chi_norms());
    Matrix<float> block(1, 1);
    CHECK_THROWS_AS(make_orthogonal(Index{1} << 20, Index{1} << 20, Seed{}).fill(0, 0, block),
                    ResourceError);
    CHECK(make_orthogonal(100, 20, Seed{}).bytes() == 8000);
}
