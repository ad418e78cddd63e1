// header under test: sketchntk/features/feature_map.hpp
#include "catch2.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <limits>

using namespace sketchntk;

TEST_CASE("a configuration comes back from JSON") {
    FeatureMapConfiguration configuration;
    configuration.network = parse_network("dense(w_std=1.5) relu dense(b_std=0.1)");
    configuration.kind = KernelKind::nngp;
    configuration.features = 777;
    configuration.seed = Seed{0xfedcba9876543210U};
    CHECK(feature_map_from_json(to_json(configuration)) == configuration);
    REQUIRE_THROWS_AS(feature_map_from_json("{"), FormatError);
    REQUIRE_THROWS_AS(feature_map_from_json(R"({"map": "ntkrf"})"), FormatError);
}

TEST_CASE("an unknown map is refused with the nearest name") {
    FeatureMapConfiguration configuration;
    configuration.map = "ntkfr";
    try {
        static_cast<void>(make_feature_map(configuration, 3));
        FAIL("accepted");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("did you mean 'ntkrf'") != std::string::npos);
    }
}

TEST_CASE("the linear map has the kernel of a network without hidden layers") {
    const Matrix<float> x = normal_rows(4, 6, 2);
    FeatureMapConfiguration configuration;
    configuration.map = "linear";
    configuration.network = fully_connected_network(0, {1.5, 0.5});
    const auto map = make_feature_map(configuration, 6);
    REQUIRE(map->features() == 7);
    Matrix<float> z(4, 7);
    map->transform(x, z);
    const Matrix<float> k =
        gram(FullyConnectedKernel<float>(configuration.network, KernelKind::ntk, x.view()));
    for (Index i = 0; i < 4; ++i) {
        for (Index j = 0; j < 4; ++j) {
            float sum = 0;
            for (Index c = 0; c < 7; ++c) sum += z(i, c) * z(j, c);
            CHECK(sum == Approx(k(i, j)).margin(1e-5));
        }
    }
}

TEST_CASE("rows of the wrong width and values that are not finite are refused") {
    const auto map = make_feature_map({}, 3);
    Matrix<float> x = normal_rows(5, 3, 1);
    Matrix<float> z(5, map->features());
    Matrix<float> narrow(5, 2);
    REQUIRE_THROWS_AS(map->transform(narrow, z), DimensionMismatch);
    Matrix<float> few(4, map->features());
    REQUIRE_THROWS_AS(map->transform(x, few), DimensionMismatch);
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        x(3, 1) = bad;
        try {
            map->transform(x, z);
            FAIL("accepted");
        } catch (const InvalidArgument& error) {
            CHECK(std::string(error.what()).find("row 4, column 2") != std::string::npos);
        }
    }
}
