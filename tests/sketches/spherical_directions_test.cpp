#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/spherical_directions.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace sketchntk;
using namespace sketchntk::sketches;

namespace {

Matrix<float> all_directions(const SphericalDirections& distribution) {
    Matrix<float> out(distribution.output_dimension(), distribution.input_dimension());
    distribution.fill(0, out);
    return out;
}

}  // namespace

TEST_CASE("spherical directions have length one") {
    for (const Index dimension : {1, 2, 3, 7, 8, 9, 100, 1001}) {
        const auto directions = all_directions({50, dimension, Seed{1}});
        for (Index i = 0; i < directions.rows(); ++i) {
            double squared = 0;
            for (const float x : directions.row(i)) {
                squared += static_cast<double>(x) * static_cast<double>(x);
            }
            CHECK(squared == Approx(1).margin(4e-7));
        }
    }
}

TEST_CASE("spherical directions have mean zero and covariance I / d") {
    for (const Index d : {1, 2, 5, 12}) {
        constexpr Index count = 40'000;
        const auto directions = all_directions({count, d, Seed{2}});
        const auto n = static_cast<double>(count);
        const auto dimension = static_cast<double>(d);
        // E w_a^4 = 3 / (d (d + 2)) and E w_a^2 w_b^2 = 1 / (d (d + 2)).
        const double fourth = 1 / (dimension * (dimension + 2));
        const double square_variance = std::max(0.0, 3 * fourth - 1 / (dimension * dimension));
        for (Index a = 0; a < d; ++a) {
            double mean = 0;
            for (Index i = 0; i < count; ++i) mean += static_cast<double>(directions(i, a));
            CHECK(std::abs(mean / n) < 5 / std::sqrt(n * dimension));
            for (Index b = 0; b <= a; ++b) {
                double product = 0;
                for (Index i = 0; i < count; ++i) {
                    product += static_cast<double>(directions(i, a)) *
                               static_cast<double>(directions(i, b));
                }
                const double expected = a == b ? 1 / dimension : 0;
                const double variance = a == b ? square_variance : fourth;
                CHECK(std::abs(product / n - expected) < 5 * std::sqrt(variance / n) + 1e-7);
            }
        }
    }
}

TEST_CASE("any block of spherical directions is a part of the whole") {
    const SphericalDirections distribution(100, 37, Seed{3});
    const auto all = all_directions(distribution);
    for (const Index first : {0, 1, 63, 99}) {
        for (const Index count : {0, 1, 20, 100}) {
            if (first + count > 100) continue;
            Matrix<float> wide(count, 40);
            const auto block = wide.view().middle_columns(2, 37);
            distribution.fill(first, block);
            for (Index i = 0; i < count; ++i) {
                CHECK(std::equal(block.row(i).begin(), block.row(i).end(),
                                 all.row(first + i).begin()));
                CHECK(wide(i, 1) == 0.0F);
                CHECK(wide(i, 39) == 0.0F);
            }
        }
    }
}

TEST_CASE("spherical directions are a value: distribution and seed") {
    const SphericalDirections distribution(10, 4, Seed{5});
    CHECK(distribution == SphericalDirections(10, 4, Seed{5}));
    CHECK_FALSE(distribution == SphericalDirections(10, 4, Seed{6}));
    CHECK_FALSE(distribution == SphericalDirections(11, 4, Seed{5}));
    CHECK(distribution.bytes() == 160);
    CHECK_FALSE(all_directions(distribution) == all_directions({10, 4, Seed{6}}));
}

TEST_CASE("impossible spherical directions are refused") {
    CHECK_THROWS_AS(SphericalDirections(0, 3, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(SphericalDirections(3, 0, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(SphericalDirections(-1, 3, Seed{}), InvalidArgument);
    const Index huge = std::numeric_limits<Index>::max();
    CHECK_THROWS_AS(SphericalDirections(huge, huge, Seed{}), InvalidArgument);
    const SphericalDirections distribution(10, 4, Seed{5});
    Matrix<float> narrow(2, 3), fitting(2, 4);
    CHECK_THROWS_AS(distribution.fill(0, narrow), DimensionMismatch);
    CHECK_THROWS_AS(distribution.fill(9, fitting), InvalidArgument);
    CHECK_THROWS_AS(distribution.fill(-1, fitting), InvalidArgument);
}
