// header under test: sketchntk/features/nystrom.hpp
#include "catch2.hpp"
#include "core/eigen.hpp"
#include "features/kernel_moments.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/nystrom.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

using namespace sketchntk;

namespace {

Matrix<float> first_rows(const Matrix<float>& rows, Index count) {
    Matrix<float> result(count, rows.columns());
    std::copy_n(rows.data(), count * rows.columns(), result.data());
    return result;
}

FeatureMapConfiguration configuration(const std::string& map, Index features) {
    FeatureMapConfiguration result;
    result.network = fully_connected_network(2, {1.3, 0.2});
    result.features = features;
    set_map(result, map);
    return result;
}

}  // namespace

TEST_CASE("Nystrom features give the kernel on their landmarks, and less elsewhere") {
    const Matrix<float> x = normal_rows(400, 6, 3);
    for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
        const Network network = fully_connected_network(3, {1.3, 0.2});
        const Matrix<double> k = fully_connected_gram(network, kind, x);
        const NystromFeatures map(network, kind, 150, 150, 6, first_rows(x, 150));
        Matrix<float> z(x.rows(), map.features());
        map.transform(x, z);
        for (Index i = 0; i < 400; i += 7) {
            const double scale = k(i, i);
            CHECK(inner_product(z, i, i) < scale * (1 + 1e-4));
            for (Index j = 0; j < 150; j += 11)
                // Exact where one of the two rows is a landmark, up to the jitter and float32.
                CHECK(inner_product(z, i, j) == Approx(k(i, j)).margin(1e-3 * scale));
        }
    }
}

TEST_CASE("features from a larger choice of landmarks come near the best of their rank") {
    const Matrix<float> x = normal_rows(600, 6, 3);
    const Network network = fully_connected_network(2, {1.3, 0.2});
    const Matrix<double> kernel = fully_connected_gram(network, KernelKind::ntk, x);
    const Eigen::VectorXd eigenvalues =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(as_eigen(kernel), Eigen::EigenvaluesOnly)
            .eigenvalues();
    const double best = eigenvalues.head(600 - 60).sum();
    const auto missing = [&](const std::string& map) {
        const auto features = learn_feature_map(configuration(map, 60), x);
        Matrix<float> z(600, 60);
        features->transform(x, z);
        double sum = 0;
        for (Index i = 0; i < 600; ++i) sum += kernel(i, i) - inner_product(z, i, i);
        return sum / best;
    };
    const double plain = missing("nystrom(oversampling=1)");
    const double four = missing("nystrom(oversampling=4)");
    // All rows are landmarks: the projection on the leading eigenvectors, but for the iteration.
    const double all = missing("nystrom(oversampling=10)");
    CHECK(plain < 2);
    CHECK(four < 1.25);
    CHECK(all < 1.03);
    CHECK(all < four);
    CHECK(four < plain);
    CHECK(all > 0.999);
}

TEST_CASE("Nystrom features have the same bits for any threads and batches") {
    const Matrix<float> x = normal_rows(700, 6, 3);
    const auto map = learn_feature_map(configuration("nystrom", 100), x, {.threads = 1});
    Matrix<float> whole(700, 100);
    map->transform(x, whole, {.threads = 1});
    const auto again = learn_feature_map(configuration("nystrom", 100), x, {.threads = 3});
    CHECK(again->learnt() == map->learnt());
    Matrix<float> parts(700, 100);
    for (Index first = 0; first < 700; first += 123) {
        const Index count = std::min<Index>(123, 700 - first);
        again->transform(x.view().middle_rows(first, count), parts.view().middle_rows(first, count),
                         {.threads = 2});
    }
    CHECK(parts == whole);
}

TEST_CASE("a map is made again from what it learnt") {
    const Matrix<float> x = normal_rows(300, 6, 3);
    for (const bool blocks : {false, true}) {
        FeatureMapConfiguration c = configuration("nystrom(landmarks=kmeans)", 60);
        c.layer_blocks = blocks;
        c.normalise_rows = true;
        const auto map = learn_feature_map(c, x);
        CHECK(map->learnt().size() == (blocks ? 3 : 1));
        Matrix<float> z(300, 60);
        map->transform(x, z);
        Matrix<float> again(300, 60);
        make_feature_map(c, 6, map->learnt())->transform(x, again);
        CHECK(again == z);
        REQUIRE_THROWS_AS(make_feature_map(c, 6)->transform(x, again), InvalidArgument);
    }
}

TEST_CASE("fewer rows than features leave columns of zeros") {
    const Matrix<float> x = normal_rows(20, 6, 3);
    const auto map = learn_feature_map(configuration("nystrom", 50), x);
    Matrix<float> z(20, 50);
    map->transform(x, z);
    for (Index i = 0; i < 20; ++i)
        for (Index k = 20; k < 50; ++k) CHECK(z(i, k) == 0);
}

TEST_CASE("Nystrom features refuse what they cannot serve") {
    const Network network = fully_connected_network(1);
    REQUIRE_THROWS_AS(NystromFeatures(network, KernelKind::ntk, 0, 0, 3, {}), InvalidArgument);
    REQUIRE_THROWS_AS(NystromFeatures(network, KernelKind::ntk, 5, 5, 3, Matrix<float>(6, 3)),
                      DimensionMismatch);
    REQUIRE_THROWS_AS(NystromFeatures(network, KernelKind::ntk, 5, 5, 3, Matrix<float>(5, 4)),
                      DimensionMismatch);
    REQUIRE_THROWS_AS(make_feature_map(configuration("nystrom(landmarks=random)", 5), 3),
                      InvalidArgument);
    CHECK(wanted_sample_rows(configuration("nystrom", 100)) == 10'000);
    CHECK(wanted_sample_rows(configuration("nystrom", 4096)) == 20'480);
    CHECK(wanted_sample_rows(configuration("nystrom(oversampling=2)", 4096)) == 40'960);
    REQUIRE_THROWS_AS(NystromFeatures(network, KernelKind::ntk, 5, 4, 3, {}), InvalidArgument);
    REQUIRE_THROWS_AS(make_feature_map(configuration("nystrom(oversampling=17)", 5), 3),
                      InvalidArgument);
    CHECK(wanted_sample_rows(configuration("ntkrf", 100)) == 0);
}
