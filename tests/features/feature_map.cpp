// header under test: sketchntk/features/feature_map.hpp
#include "catch2.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <cmath>
#include <limits>

using namespace sketchntk;

TEST_CASE("a configuration comes back from JSON") {
    FeatureMapConfiguration configuration;
    configuration.network = parse_network("dense(w_std=1.5) relu dense(b_std=0.1)");
    configuration.kind = KernelKind::nngp;
    configuration.features = 777;
    configuration.seed = Seed{0xfedcba9876543210U};
    CHECK(feature_map_from_json(to_json(configuration)) == configuration);
    set_map(configuration, "ntkrf(product=gates, directions=hadamard)");
    configuration.normalise_rows = true;
    configuration.layer_blocks = true;
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

TEST_CASE("an option that a map does not have is refused with the nearest one") {
    FeatureMapConfiguration configuration;
    set_map(configuration, "ntkrf(direction=hadamard)");
    try {
        static_cast<void>(make_feature_map(configuration, 3));
        FAIL("accepted");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("did you mean 'directions'") != std::string::npos);
    }
    REQUIRE_THROWS_AS(set_map(configuration, "ntkrf(product="), InvalidArgument);
    set_map(configuration, "ntkrf(product=gates,split=published)");
    REQUIRE_THROWS_AS(make_feature_map(configuration, 3), InvalidArgument);
}

TEST_CASE("layer blocks stand side by side, and their kernels add up to the NTK") {
    const Matrix<float> x = normal_rows(4, 6, 2);
    FeatureMapConfiguration configuration;
    configuration.network = fully_connected_network(2, {1.4, 0.3});
    configuration.features = 6000;
    configuration.layer_blocks = true;
    const auto map = make_feature_map(configuration, 6);
    CHECK(map->features() == 6000);
    CHECK(map->blocks() == std::vector<FeatureBlock>{{"layer 1", 0, 2000},
                                                     {"layer 2", 2000, 2000},
                                                     {"layer 3", 4000, 2000}});
    Matrix<float> z(4, map->features());
    map->transform(x, z);
    const std::vector<Network> layers = networks_of_single_layers(configuration.network);
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const Matrix<float> k =
            gram(FullyConnectedKernel<float>(layers[l], KernelKind::ntk, x.view()));
        const FeatureBlock block = map->blocks()[l];
        for (Index i = 0; i < 4; ++i) {
            for (Index j = 0; j < 4; ++j) {
                float sum = 0;
                for (Index c = block.first; c < block.first + block.count; ++c)
                    sum += z(i, c) * z(j, c);
                CAPTURE(l, i, j);
                CHECK(sum == Approx(k(i, j)).margin(0.15 * std::sqrt(k(i, i) * k(j, j))));
            }
        }
    }
    configuration.kind = KernelKind::nngp;
    REQUIRE_THROWS_AS(make_feature_map(configuration, 6), InvalidArgument);
    configuration.kind = KernelKind::ntk;
    configuration.features = 2;
    REQUIRE_THROWS_AS(make_feature_map(configuration, 6), InvalidArgument);
}

TEST_CASE("normalised rows are rows of length sqrt(inputs), dense or sparse") {
    Matrix<float> x = normal_rows(300, 6, 2);
    FeatureMapConfiguration configuration;
    configuration.features = 64;
    const auto plain = make_feature_map(configuration, 6);
    configuration.normalise_rows = true;
    const auto map = make_feature_map(configuration, 6);
    Matrix<float> scaled(300, 6);
    for (Index i = 0; i < 300; ++i) {
        double squares = 0;
        for (const float entry : x.row(i)) squares += static_cast<double>(entry * entry);
        for (Index j = 0; j < 6; ++j)
            scaled(i, j) = static_cast<float>(std::sqrt(6 / squares)) * x(i, j);
    }
    Matrix<float> expected(300, 64);
    Matrix<float> z(300, 64);
    plain->transform(scaled, expected);
    map->transform(x, z);
    for (Index i = 0; i < 300; ++i)
        for (Index j = 0; j < 64; ++j) REQUIRE(z(i, j) == Approx(expected(i, j)).margin(1e-4));

    std::vector<Index> starts{0};
    std::vector<std::int64_t> columns;
    std::vector<float> values;
    for (Index i = 0; i < 300; ++i) {
        for (Index j = 0; j < 6; ++j) {
            columns.push_back(j);
            values.push_back(x(i, j));
        }
        starts.push_back(static_cast<Index>(values.size()));
    }
    Matrix<float> sparse(300, 64);
    map->transform(SparseRowsView(6, starts, columns, values), sparse);
    CHECK(sparse == z);

    for (float& entry : x.row(7)) entry = 0;
    try {
        map->transform(x, z);
        FAIL("accepted");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("row 8 is zero") != std::string::npos);
    }
}
