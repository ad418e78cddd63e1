// headers under test: sketchntk/features/zonal_features.hpp, zonal_layout.hpp
#include "catch2.hpp"
#include "features/kernel_moments.hpp"
#include "features/normal_rows.hpp"
#include "repetitions.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/normalise_rows.hpp>
#include <sketchntk/features/zonal_features.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace sketchntk;

namespace {

Matrix<float> features_of(const ZonalFeatures& map, const Matrix<float>& x) {
    Matrix<float> z(x.rows(), map.features());
    map.transform(x, z, {.threads = 1});
    return z;
}

// x~ for d = inputs, with the bias as another column.
Matrix<double> scaled_rows(const Network& network, const Matrix<float>& x) {
    const Dense first = dense_layers(network).front();
    Matrix<double> rows(x.rows(), x.columns() + 1);
    for (Index i = 0; i < x.rows(); ++i) {
        for (Index j = 0; j < x.columns(); ++j)
            rows(i, j) = first.w_std * static_cast<double>(x(i, j)) /
                         std::sqrt(static_cast<double>(x.columns()));
        rows(i, x.columns()) = first.b_std;
    }
    return rows;
}

double dot(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
    return sum;
}

// |x~| |y~| sum_{l <= degree} c_l P_l(u)
double truncated_kernel(const GegenbauerSeries& series, Index degree, double squares,
                        double other_squares, double product) {
    const double lengths = std::sqrt(squares * other_squares);
    if (lengths == 0) return 0;
    const auto recurrence = gegenbauer_recurrence(series.dimension, degree);
    const auto counts = harmonic_counts(series.dimension, degree);
    std::vector<double> values(recurrence.size());
    orthonormal_gegenbauer(recurrence, std::min(1.0, std::max(-1.0, product / lengths)), values);
    double sum = 0;
    for (std::size_t l = 0; l < values.size(); ++l)
        sum += series.coefficients[l] * values[l] / std::sqrt(counts[l]);
    return lengths * sum;
}

void check_unbiased(const Network& network, KernelKind kind, const Matrix<float>& x,
                    const ZonalOptions& options, Index features) {
    const Matrix<double> rows = scaled_rows(network, x);
    const Index n = x.rows();
    Matrix<double> sums(n, n);
    Matrix<double> squares(n, n);
    const int maps = sketchntk_test::repetitions(200);
    for (int s = 0; s < maps; ++s) {
        const ZonalFeatures map(network, kind, features, options,
                                Seed{static_cast<std::uint64_t>(s)}, x.columns());
        const Matrix<float> z = features_of(map, x);
        for (Index i = 0; i < n; ++i) {
            for (Index j = 0; j <= i; ++j) {
                const double k = inner_product(z, i, j);
                sums(i, j) += k;
                squares(i, j) += k * k;
            }
        }
    }
    const ZonalFeatures map(network, kind, features, options, Seed{}, x.columns());
    const Matrix<float> exact = gram(FullyConnectedKernel<float>(network, kind, x.view()));
    for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j <= i; ++j) {
            CAPTURE(to_text(network), i, j, features);
            const double mean = sums(i, j) / maps;
            const double error =
                std::sqrt(std::max(0.0, squares(i, j) / maps - mean * mean) / maps);
            const double scale =
                std::sqrt(static_cast<double>(exact(i, i)) * static_cast<double>(exact(j, j)));
            if (!options.normalised_rows) {
                const double expected = truncated_kernel(
                    map.series(), map.layout().degree, dot(rows.row(i), rows.row(i)),
                    dot(rows.row(j), rows.row(j)), dot(rows.row(i), rows.row(j)));
                CHECK(std::abs(mean - expected) <= 5 * error + 1e-5 * scale);
            }
            // What is left out is nowhere more than on the diagonal.
            CHECK(std::abs(mean - static_cast<double>(exact(i, j))) <=
                  5 * error + (map.missing_share() + 1e-5) * scale);
        }
    }
}

Matrix<float> normalised(Matrix<float> x) {
    scale_rows_to_unit_mean_square(x, x);
    return x;
}

}  // namespace

TEST_CASE("zonal features are unbiased for the kernel up to their degree") {
    const Matrix<float> x = rows_of_all_kinds(5);
    for (const Index depth : {1, 3}) {
        check_unbiased(fully_connected_network(depth), KernelKind::ntk, x, {}, 30);
        check_unbiased(fully_connected_network(depth), KernelKind::nngp, x,
                       {.degrees = {.highest = 6, .exact = 1}}, 30);
    }
    const Network with_bias = parse_network("dense(w_std=1.3, b_std=0.5) relu dense relu dense");
    check_unbiased(with_bias, KernelKind::ntk, x, {}, 40);
    check_unbiased(with_bias, KernelKind::ntk, x,
                   {.degrees = {.highest = 5, .exact = 0},
                    .directions = DirectionLaw::sphere,
                    .signs = ZonalSigns::equal},
                   20);
    check_unbiased(parse_network("dense(trained=0) relu dense relu dense(trained=0)"),
                   KernelKind::ntk, x, {}, 30);
}

TEST_CASE("with rows of one length any bias will do") {
    Matrix<float> x = rows_of_all_kinds(5);
    x.resize_rows(5);
    x = normalised(std::move(x));
    check_unbiased(fully_connected_network(2, {1.3, 0.5}), KernelKind::ntk, x,
                   {.normalised_rows = true}, 30);
}

TEST_CASE("low degrees are exact") {
    const Network network = fully_connected_network(3, {1.4, 0});
    const Matrix<float> x = rows_of_all_kinds(4);
    const Matrix<double> rows = scaled_rows(network, x);
    for (Index degree = 0; degree <= 6; ++degree) {
        const ZonalFeatures map(network, KernelKind::ntk, 300,
                                {.degrees = {.highest = degree, .exact = degree}}, Seed{3}, 4);
        CHECK(map.layout().even + map.layout().odd == 0);
        const Matrix<float> z = features_of(map, x);
        for (Index i = 0; i < x.rows(); ++i) {
            for (Index j = 0; j < x.rows(); ++j) {
                const double squares = dot(rows.row(i), rows.row(i));
                const double other = dot(rows.row(j), rows.row(j));
                CAPTURE(degree, i, j);
                CHECK(inner_product(z, i, j) ==
                      Approx(truncated_kernel(map.series(), degree, squares, other,
                                              dot(rows.row(i), rows.row(j))))
                          .margin(1e-5 * map.series().at_one * std::sqrt(squares * other)));
            }
        }
    }
}

TEST_CASE("one input has two harmonics, and the kernel is exact") {
    const Network network = fully_connected_network(2);
    Matrix<float> x = normal_rows(4, 1, 8);
    x(3, 0) = 0;
    const ZonalFeatures map(network, KernelKind::ntk, 100, {}, Seed{}, 1);
    CHECK(map.features() == 2);
    CHECK(map.missing_share() < 1e-12);
    const Matrix<float> z = features_of(map, x);
    const Matrix<float> k = gram(FullyConnectedKernel<float>(network, KernelKind::ntk, x.view()));
    for (Index i = 0; i < 4; ++i)
        for (Index j = 0; j < 4; ++j)
            CHECK(inner_product(z, i, j) == Approx(static_cast<double>(k(i, j))).margin(1e-5));
}

TEST_CASE("in few dimensions zonal features are close to the kernel, in many they are there") {
    const Network network = fully_connected_network(3);
    const ZonalFeatures plane(network, KernelKind::ntk, 128, {}, Seed{1}, 2);
    CHECK(plane.features() <= 128);
    CHECK(plane.missing_share() < 0.02);
    const ZonalFeatures wide(network, KernelKind::ntk, 64, {}, Seed{1}, 10'000);
    CHECK(wide.features() == 64);
    const Matrix<float> z = features_of(wide, normal_rows(3, 10'000, 2));
    // Noise of 64 features is far below 1; the kernel's diagonal is 4 times the squared length 2.
    CHECK(inner_product(z, 0, 0) > 2);
    CHECK(inner_product(z, 0, 0) < 16);
}

TEST_CASE("zonal features have the same bits for any threads and any division into batches") {
    const Matrix<float> x = normal_rows(700, 5, 3);
    const ZonalFeatures map(fully_connected_network(2), KernelKind::ntk, 301, {}, Seed{9}, 5);
    CHECK(map.features() == 301);
    CHECK(map.layout().exact_degree >= 3);
    const Matrix<float> whole = features_of(map, x);
    for (const int threads : {2, 5}) {
        Matrix<float> again(x.rows(), map.features());
        map.transform(x, again, {.threads = threads});
        CHECK(again == whole);
    }
    for (const Index batch : {17, 256, 300}) {
        Matrix<float> again(x.rows(), map.features());
        for (Index first = 0; first < x.rows(); first += batch) {
            const Index count = std::min(batch, x.rows() - first);
            map.transform(x.view().middle_rows(first, count),
                          again.view().middle_rows(first, count), {.threads = 2});
        }
        CHECK(again == whole);
    }
}

TEST_CASE("zonal layout divides all columns") {
    const Network network = fully_connected_network(3);
    for (const Index inputs : {2, 3, 8, 9, 32, 784}) {
        for (const Index features : {3, 10, 100, 1024, 4096}) {
            const ZonalFeatures map(network, KernelKind::ntk, features, {}, Seed{}, inputs);
            const ZonalLayout& layout = map.layout();
            CAPTURE(inputs, features);
            CHECK(layout.features() <= features);
            if (layout.even + layout.odd > 0) CHECK(layout.features() == features);
            CHECK(map.missing_share() >= 0);
            CHECK(map.missing_share() < 1);
            CHECK(map.bytes(1) > 0);
            CHECK(map.flops_per_row() > 0);
        }
    }
    // Depth 1 has no odd degrees beyond the first.
    const ZonalFeatures shallow(fully_connected_network(1), KernelKind::ntk, 100, {}, Seed{}, 9);
    CHECK(shallow.layout().odd == 0);
}

TEST_CASE("zonal features refuse what they cannot serve, and say why") {
    const auto message = [](const Network& network, Index features, const ZonalOptions& options,
                            Index inputs) {
        try {
            const ZonalFeatures map(network, KernelKind::ntk, features, options, Seed{}, inputs);
        } catch (const InvalidArgument& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const Network plain = fully_connected_network(1);
    CHECK(message(fully_connected_network(1, {1.4, 0.1}), 100, {}, 3).find("--normalise rows") !=
          std::string::npos);
    CHECK(message(plain, 2, {}, 3).find("at least 3") != std::string::npos);
    CHECK(message(plain, 100, {}, 0).find("at least one input") != std::string::npos);
    CHECK(message(plain, 100, {.degrees = {.exact = 2}}, 50).find("exact") != std::string::npos);
    CHECK(message(plain, 100, {.degrees = {.highest = 2, .exact = 3}}, 5).find("exact") !=
          std::string::npos);
    CHECK(message(plain, 100, {.degrees = {.highest = 9}}, 784).find("from 0 to 6") !=
          std::string::npos);
    CHECK(message(plain, 6, {.degrees = {.highest = 4, .exact = 1}}, 5).find("at least 7") !=
          std::string::npos);
    const ZonalFeatures map(plain, KernelKind::ntk, 20, {.normalised_rows = true}, Seed{}, 3);
    const Matrix<float> x = normal_rows(2, 3, 4);
    Matrix<float> z(2, map.features());
    REQUIRE_THROWS_AS(map.transform(x, z), InvalidArgument);
}

TEST_CASE("the table's zonal map knows of normalised rows, in blocks by layer, too") {
    FeatureMapConfiguration configuration;
    configuration.map = "zonal";
    configuration.network = fully_connected_network(2, {1.3, 0.4});
    configuration.features = 900;
    REQUIRE_THROWS_AS(make_feature_map(configuration, 5), InvalidArgument);
    configuration.normalise_rows = true;
    const Matrix<float> x = normal_rows(4, 5, 3);
    const Matrix<float> exact =
        gram(FullyConnectedKernel<float>(configuration.network, KernelKind::ntk,
                                         static_cast<MatrixView<const float>>(normalised(x))));
    for (const bool blocks : {false, true}) {
        configuration.layer_blocks = blocks;
        const auto map = make_feature_map(configuration, 5);
        Matrix<float> z(4, map->features());
        map->transform(x, z);
        for (Index i = 0; i < 4; ++i)
            for (Index j = 0; j < 4; ++j)
                CHECK(inner_product(z, i, j) ==
                      Approx(static_cast<double>(exact(i, j)))
                          .margin(0.1 * static_cast<double>(exact(i, i))));
    }
    set_map(configuration, "zonal(degree=4,exact=1,directions=sphere,signs=equal)");
    configuration.layer_blocks = false;
    CHECK(make_feature_map(configuration, 5)->features() == 900);
}
