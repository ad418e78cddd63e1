// header under test: sketchntk/features/gradient_features.hpp
#include "catch2.hpp"
#include "features/kernel_moments.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/gradient_features.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <algorithm>
#include <cmath>

using namespace sketchntk;

namespace {

void check_unbiased(const Network& network, KernelKind kind, const MakeMap& make) {
    const Matrix<float> x = normal_rows(4, 3, 7);
    CAPTURE(to_text(network));
    check_mean(kernel_moments(make, x, 2000), fully_connected_gram(network, kind, x));
}

}  // namespace

TEST_CASE("gradients of a network with one hidden layer are unbiased for the NTK") {
    std::vector<Network> networks =
        networks_of_single_layers(fully_connected_network(1, {1.3, 0.5}));
    networks.push_back(fully_connected_network(1));
    networks.push_back(fully_connected_network(1, {1.3, 0.5}));
    for (const Network& network : networks)
        check_unbiased(network, KernelKind::ntk, [&network](Seed seed) {
            return std::make_unique<GradientFeatures>(network, 40, seed, 3);
        });
}

TEST_CASE("the last hidden layer is unbiased for the NNGP") {
    FeatureMapConfiguration configuration;
    configuration.map = "conjugate";
    configuration.network = fully_connected_network(1, {1.3, 0.5});
    configuration.kind = KernelKind::nngp;
    configuration.features = 20;
    check_unbiased(configuration.network, KernelKind::nngp, [&configuration](Seed seed) {
        configuration.seed = seed;
        return make_feature_map(configuration, 3);
    });
    configuration.kind = KernelKind::ntk;
    REQUIRE_THROWS_AS(make_feature_map(configuration, 3), InvalidArgument);
    configuration.map = "gradient";
    configuration.kind = KernelKind::nngp;
    REQUIRE_THROWS_AS(make_feature_map(configuration, 3), InvalidArgument);
}

TEST_CASE("gradients of wide deep networks come near the NTK") {
    const Network network = fully_connected_network(3, {1.3, 0.3});
    const Matrix<float> x = normal_rows(5, 4, 7);
    const GradientFeatures map(network, 600'000, Seed{1}, 4);
    CHECK(map.width() > 500);
    CHECK(map.features() <= 600'000);
    CHECK(relative_error(map, fully_connected_gram(network, KernelKind::ntk, x), x) < 0.15);
}

TEST_CASE("gradients have the same bits for any threads and batches, and are counted") {
    const Matrix<float> x = normal_rows(600, 4, 1);
    const GradientFeatures map(fully_connected_network(2, {1.3, 0.3}), 500, Seed{3}, 4);
    // Width n: n (4 + 1) + n (n + 1) + n + 1 parameters.
    CHECK(map.width() == 19);
    CHECK(map.features() == 19 * 5 + 19 * 20 + 20);
    Matrix<float> whole(600, map.features());
    map.transform(x, whole, {.threads = 1});
    Matrix<float> parts(600, map.features());
    for (Index first = 0; first < 600; first += 170) {
        const Index count = std::min<Index>(170, 600 - first);
        map.transform(x.view().middle_rows(first, count), parts.view().middle_rows(first, count),
                      {.threads = 3});
    }
    CHECK(parts == whole);
    REQUIRE_THROWS_AS(GradientFeatures(fully_connected_network(0), 500, Seed{}, 4),
                      InvalidArgument);
    REQUIRE_THROWS_AS(GradientFeatures(fully_connected_network(1), 4, Seed{}, 4), InvalidArgument);
    REQUIRE_THROWS_AS(
        GradientFeatures(fully_connected_network(1, {.trained = false}), 500, Seed{}, 4),
        InvalidArgument);
}
