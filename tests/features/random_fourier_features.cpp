// header under test: sketchntk/features/random_fourier_features.hpp
#include "catch2.hpp"
#include "features/kernel_moments.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/random_fourier_features.hpp>

#include <algorithm>
#include <cmath>

using namespace sketchntk;

TEST_CASE("random Fourier features are unbiased for their kernel") {
    const Matrix<float> x = normal_rows(5, 4, 1);
    constexpr double bandwidth = 1.5;
    for (const auto kernel : {ShiftInvariantKernel::gauss, ShiftInvariantKernel::laplace}) {
        constexpr Index pairs = 40'000;
        const RandomFourierFeatures map(kernel, bandwidth, 2 * pairs, Seed{3}, 4);
        Matrix<float> z(5, map.features());
        map.transform(x, z);
        for (Index i = 0; i < 5; ++i) {
            CHECK(inner_product(z, i, i) == Approx(1).margin(1e-4));
            for (Index j = 0; j < i; ++j) {
                double squares = 0;
                for (Index k = 0; k < 4; ++k)
                    squares += std::pow(static_cast<double>(x(i, k) - x(j, k)), 2);
                const double exact = kernel == ShiftInvariantKernel::gauss
                                         ? std::exp(-squares / (2 * bandwidth * bandwidth))
                                         : std::exp(-std::sqrt(squares) / bandwidth);
                // A pair gives cos <w, x - y>, whose variance is 1 at most.
                CHECK(std::abs(inner_product(z, i, j) - exact) < 5 / std::sqrt(pairs));
            }
        }
    }
}

TEST_CASE("random Fourier features have the same bits for any threads and batches") {
    const Matrix<float> x = normal_rows(600, 4, 1);
    const RandomFourierFeatures map(ShiftInvariantKernel::laplace, 0, 101, Seed{3}, 4);
    CHECK(map.features() == 100);
    CHECK(map.bandwidth() == 2);
    Matrix<float> whole(600, 100);
    map.transform(x, whole, {.threads = 1});
    Matrix<float> parts(600, 100);
    for (Index first = 0; first < 600; first += 170) {
        const Index count = std::min<Index>(170, 600 - first);
        map.transform(x.view().middle_rows(first, count), parts.view().middle_rows(first, count),
                      {.threads = 3});
    }
    CHECK(parts == whole);
}

TEST_CASE("random Fourier features refuse what they cannot serve") {
    const auto kernel = ShiftInvariantKernel::gauss;
    REQUIRE_THROWS_AS(RandomFourierFeatures(kernel, 0, 1, Seed{}, 4), InvalidArgument);
    REQUIRE_THROWS_AS(RandomFourierFeatures(kernel, -1, 10, Seed{}, 4), InvalidArgument);
    REQUIRE_THROWS_AS(RandomFourierFeatures(kernel, 1, 10, Seed{}, 0), InvalidArgument);
    FeatureMapConfiguration configuration;
    set_map(configuration, "rff-gauss(bandwidth=2.5)");
    CHECK_FALSE(make_feature_map(configuration, 4)->approximates_network_kernel());
    configuration.layer_blocks = true;
    REQUIRE_THROWS_AS(make_feature_map(configuration, 4), InvalidArgument);
    set_map(configuration, "rff-laplace(bandwidth=0)");
    REQUIRE_THROWS_AS(make_feature_map(configuration, 4), InvalidArgument);
}
