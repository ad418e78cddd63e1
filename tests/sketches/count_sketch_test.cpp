#include "catch2.hpp"
#include "sketches/explicit_operator_checks.hpp"
#include "sketches/hashed_columns.hpp"
#include "sketches/stream_numbers.hpp"

#include <sketchntk/sketches/count_sketch.hpp>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

CountSketch make_count(Index inputs, Index outputs, Seed seed) {
    return {inputs, outputs, seed};
}

}  // namespace

TEST_CASE("CountSketch does what every explicit row sketch does") {
    check_explicit_row_sketch(make_count);
}

TEST_CASE("CountSketch is unbiased, with the variance of the closed formula") {
    for (const Index outputs : {1, 7, 16}) {
        check_expectation_and_variance([&](Seed seed) { return make_count(12, outputs, seed); }, 12,
                                       4000);
    }
}

TEST_CASE("CountSketch adds signed entries into buckets") {
    constexpr Index d = 1000, m = 13;
    const Vector x = random_vector(d, 3);
    const HashedColumns hash(RandomStream(Seed{8}, stream_number::sparse_sign_columns), 0, m);
    std::vector<std::int32_t> buckets(d);
    std::vector<float> signs(d);
    hash.fill(0, buckets, signs);
    std::vector<float> expected(m);
    for (std::size_t j = 0; j < d; ++j) {
        expected[static_cast<std::size_t>(buckets[j])] += signs[j] * x[j];
    }
    // A row on its own, and one among many.
    const Matrix<float> alone = sketched(make_count(d, m, Seed{8}), {x});
    const Matrix<float> among = sketched(make_count(d, m, Seed{8}), std::vector<Vector>(40, x));
    for (std::size_t i = 0; i < m; ++i) {
        CHECK(alone.row(0)[i] == expected[i]);
        CHECK(among.row(35)[i] == expected[i]);
    }
}

TEST_CASE("CountSketch keeps a subspace within the bound of Nelson and Nguyen") {
    constexpr Index d = 300, k = 10, m = 512;
    const std::vector<Vector> vectors = orthonormal_vectors(d, k);
    // E |(S U)^T S U - I|_F^2 <= k (k + 1) / m.
    double expected = 0;
    for (const Vector& x : vectors) {
        for (const Vector& y : vectors) expected += make_count(d, m, Seed{1}).variance(x, y);
    }
    CHECK(expected <= 110.0 / 512);
    // A singular value outside 1 +- epsilon needs a squared distortion above epsilon^2: by Markov
    // at most k (k + 1) / (m epsilon^2) = 0.27 of the draws; of 200, at most 0.27 + 5 * 0.0314.
    constexpr double epsilon = 0.9;
    int outside = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const Eigen::VectorXd values = Eigen::JacobiSVD<Eigen::MatrixXd>(
                                           sketched_columns(make_count(d, m, Seed{seed}), vectors))
                                           .singularValues();
        if (values.maxCoeff() > std::sqrt(1 + epsilon) ||
            values.minCoeff() < std::sqrt(1 - epsilon))
            ++outside;
    }
    CHECK(outside <= 200 * (0.27 + 5 * 0.0314));
}

TEST_CASE("CountSketch with very many outputs works row by row") {
    constexpr Index m = (Index{1} << 20) + 1;
    const Matrix<float> rows =
        sketched(make_count(50, m, Seed{2}), std::vector<Vector>(20, Vector(50, 1)));
    double sum = 0;
    for (Index i = 0; i < m; ++i) sum += std::abs(static_cast<double>(rows(19, i)));
    CHECK(sum == 50);
}

TEST_CASE("impossible CountSketches are refused") {
    check_refused_sizes(make_count);
    CHECK_THROWS_AS(make_count((Index{1} << 40) + 1, 4, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(make_count(4, (Index{1} << 30) + 1, Seed{}), InvalidArgument);
    CHECK(make_count(100, 20, Seed{}).bytes() == 0);
    CHECK(make_count(100, 20, Seed{}).flops(3) == Approx(600));
}
