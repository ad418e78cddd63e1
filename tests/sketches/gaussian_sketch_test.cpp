#include "catch2.hpp"
#include "sketches/explicit_operator_checks.hpp"
#include "sketches/stream_numbers.hpp"

#include <sketchntk/sketches/gaussian_sketch.hpp>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

GaussianSketch make_gaussian(Index inputs, Index outputs, Seed seed) {
    return {inputs, outputs, seed};
}

}  // namespace

TEST_CASE("the Gaussian sketch does what every explicit row sketch does") {
    check_explicit_row_sketch(make_gaussian);
}

TEST_CASE("the Gaussian sketch is unbiased, with the variance of the closed formula") {
    for (const Index outputs : {1, 16}) {
        check_expectation_and_variance([&](Seed seed) { return make_gaussian(12, outputs, seed); },
                                       12, 4000);
    }
}

TEST_CASE("the matrix of a Gaussian sketch is scaled by its outputs") {
    const Matrix<float> matrix = transposed_matrix(make_gaussian(30, 16, Seed{3}));
    std::vector<float> row(16);
    for (Index j = 0; j < 30; ++j) {
        RandomStream(Seed{3}, stream_number::gaussian_entries).fill_normal(j, 0, row);
        for (std::size_t i = 0; i < 16; ++i) CHECK(matrix.row(j)[i] == 0.25F * row[i]);
    }
}

TEST_CASE("singular values of a Gaussian sketch lie where Davidson and Szarek put them") {
    constexpr Index dimension = 300, k = 10, outputs = 200;
    // Each draw fails with probability 2 exp(-t^2 / 2) = 7e-6.
    constexpr double t = 5;
    const double distortion = std::sqrt(10.0 / 200.0) + t / std::sqrt(200.0);
    const std::vector<Vector> vectors = orthonormal_vectors(dimension, k);
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const Eigen::VectorXd values =
            Eigen::JacobiSVD<Eigen::MatrixXd>(
                sketched_columns(make_gaussian(dimension, outputs, Seed{seed}), vectors))
                .singularValues();
        CHECK(values.maxCoeff() <= 1 + distortion);
        CHECK(values.minCoeff() >= 1 - distortion);
    }
}

TEST_CASE("a dense matrix that does not fit is refused, and sparse rows do without it") {
    constexpr Index million = Index{1} << 20;
    const GaussianSketch::Plan plan(make_gaussian(million, million, Seed{1}));
    Matrix<float> x(1, million), out(1, million), row(1, million);
    CHECK_THROWS_AS(plan.apply(x, out, Execution{}), ResourceError);
    const std::vector<Index> starts{0, 1};
    const std::vector<std::int64_t> columns{million - 1};
    const std::vector<float> values{2};
    plan.apply(SparseRowsView(million, starts, columns, values), out, Execution{});
    plan.distribution().fill(million - 1, 0, row);
    for (Index k = 0; k < million; k += 4099) CHECK(out(0, k) == 2 * row(0, k));
}

TEST_CASE("impossible Gaussian sketches are refused") {
    check_refused_sizes(make_gaussian);
    CHECK_THROWS_AS(make_gaussian(Index{1} << 25, Index{1} << 25, Seed{}), InvalidArgument);
    CHECK(make_gaussian(100, 20, Seed{}).bytes() == 8000);
    CHECK(make_gaussian(100, 20, Seed{}).flops(3) == Approx(12000));
}
