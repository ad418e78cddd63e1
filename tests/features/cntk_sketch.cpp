// header under test: sketchntk/features/cntk_sketch.hpp
#include "catch2.hpp"
#include "features/exact_image_gram.hpp"
#include "features/kernel_moments.hpp"
#include "features/nonnegative_polynomial.hpp"
#include "features/normal_rows.hpp"
#include "features/pixel_covariances.hpp"

#include <sketchntk/features/cntk_sketch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

using namespace sketchntk;

namespace {

FeatureMapConfiguration cntksketch(const std::string& network, KernelKind kind, ImageShape image,
                                   Index features, Seed seed = {}) {
    return {.map = "cntksketch",
            .network = parse_network(network),
            .kind = kind,
            .features = features,
            .seed = seed,
            .image = std::move(image)};
}

// A general pair, and an image with zero pixels.
Matrix<float> three_images(const ImageShape& image, Index channels) {
    Matrix<float> x = normal_rows(3, pixel_count(image) * channels, 17);
    for (Index j = 0; j < x.columns() / 2; ++j) x(2, j) = 0;
    return x;
}

ArcCosines polynomials_of(const CntkSketchOptions& options) {
    const auto polynomial = [](std::vector<double> coefficients) {
        return [coefficients = std::move(coefficients)](double u) {
            return evaluate_polynomial(coefficients, u);
        };
    };
    ArcCosines curves;
    curves.kappa1 =
        polynomial(options.taylor ? arc_cosine_1_taylor(options.degree)
                                  : nonnegative_polynomial(arc_cosine_1, options.degree));
    curves.kappa0 =
        polynomial(options.taylor ? arc_cosine_0_taylor(options.degree)
                                  : nonnegative_polynomial(arc_cosine_0, options.degree));
    curves.hidden_scale = curves.kappa1(1);
    return curves;
}

void check_polynomial_kernel(const std::string& network, KernelKind kind, const ImageShape& image,
                             Index features, int maps, const CntkSketchOptions& options = {}) {
    const Matrix<float> x = three_images(image, 2);
    const auto make = [&](Seed seed) {
        return std::make_unique<CntkSketch>(cntksketch(network, kind, image, features, seed),
                                            options, x.columns());
    };
    CAPTURE(network, to_text(kind), options.degree, options.taylor);
    check_mean(
        kernel_moments(make, x, maps),
        PixelCovariances::gram(cntksketch(network, kind, image, 1), x, polynomials_of(options)));
}

double norm_of(const Matrix<double>& matrix) {
    return std::sqrt(std::inner_product(
        matrix.data(), matrix.data() + matrix.rows() * matrix.columns(), matrix.data(), 0.0));
}

// |a - b| / |b|
double distance(const Matrix<double>& a, const Matrix<double>& b) {
    Matrix<double> difference = a;
    for (Index k = 0; k < a.rows() * a.columns(); ++k) difference.data()[k] -= b.data()[k];
    return norm_of(difference) / norm_of(b);
}

Matrix<float> sketched(const FeatureMap& map, const Matrix<float>& x, int threads = 1) {
    Matrix<float> z(x.rows(), map.features());
    map.transform(x, z, {.threads = threads});
    return z;
}

struct ErrorMoments {
    double mean = 0;
    double standard_error = 0;
};

ErrorMoments moments(int seeds, const std::function<double(Seed)>& measure) {
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < seeds; ++seed) {
        const double value = measure(Seed{static_cast<std::uint64_t>(seed)});
        sum += value;
        squares += value * value;
    }
    const double mean = sum / seeds;
    return {mean, std::sqrt((squares / seeds - mean * mean) / seeds)};
}

ErrorMoments logarithm_of_error(FeatureMapConfiguration configuration,
                                const CntkSketchOptions& options, const Matrix<float>& x,
                                const Matrix<double>& kernel, int seeds) {
    return moments(seeds, [&](Seed seed) {
        configuration.seed = seed;
        return std::log(relative_error(CntkSketch(configuration, options, x.columns()), kernel, x));
    });
}

const std::vector<std::string> networks_of_one_activation{
    "conv(3) relu gap dense",
    "conv(3, b_std=0.5) relu flatten dense(b_std=0.7)",
    "conv(3x2, stride=2, padding=valid) relu avg_pool(1x2) flatten dense",
    "conv(3, padding=circular, w_std=1.2) relu avg_pool(2, stride=1) gap dense",
    "conv(3, trained=0) relu gap dense",
    "conv(3) relu gap dense(trained=0)",
    "conv(2) conv(3, b_std=0.3) relu conv(3) gap dense",
    "dense relu conv(2) flatten dense",
    "avg_pool(2) conv(2) relu gap",
    "gap dense relu dense",
    "residual(conv(3) | dense(b_std=0.4)) relu gap dense",
    "conv(3) residual(relu conv(3)) gap dense",
    "flatten dense"};

const std::vector<std::string> deep_networks{
    "2*(conv(3) relu) gap dense",
    "conv(3, trained=0) relu conv(3, b_std=0.4) relu gap dense(trained=0)",
    "conv(3) relu avg_pool(2) conv(2, b_std=0.2) relu flatten dense",
    "conv(3) residual(relu conv(3)) relu gap dense"};

}  // namespace

TEST_CASE("covariances of pixels with the arc-cosines themselves are the tensor kernel") {
    const ImageShape image{4, 4};
    const Matrix<float> x = three_images(image, 2);
    const ArcCosines exact{.kappa1 = [](double u) { return arc_cosine_1(std::vector{u}).front(); },
                           .kappa0 = [](double u) { return arc_cosine_0(std::vector{u}).front(); }};
    for (const auto* networks : {&networks_of_one_activation, &deep_networks})
        for (const std::string& network : *networks)
            for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
                const auto map = cntksketch(network, kind, image, 1);
                CAPTURE(network, to_text(kind));
                CHECK(distance(PixelCovariances::gram(map, x, exact), exact_image_gram(map, x)) <
                      1e-7);
            }
}

TEST_CASE("the CNTK sketch of one activation has the mean of its polynomials' kernel") {
    const ImageShape image{4, 4};
    for (const std::string& network : networks_of_one_activation) {
        check_polynomial_kernel(network, KernelKind::ntk, image, 288, 100);
        check_polynomial_kernel(network, KernelKind::nngp, image, 288, 60);
    }
}

TEST_CASE("the CNTK sketch takes every degree and both series, and serves sequences") {
    for (const bool taylor : {false, true})
        for (const Index degree : {1, 2, 3, 6})
            for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp})
                check_polynomial_kernel("conv(3, b_std=0.2) relu flatten dense", kind, {6}, 120,
                                        100, {.degree = degree, .taylor = taylor});
}

TEST_CASE("the CNTK sketch serves more pixels than it takes at once") {
    for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp})
        check_polynomial_kernel("conv(3) conv(3) relu gap dense", kind, {150}, 24, 100);
}

TEST_CASE("the deep CNTK sketch has the mean of its polynomials' kernel with wide layers") {
    // The bias, which falls with the width, is far below the standard errors.
    for (const std::string& network : deep_networks)
        for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp})
            check_polynomial_kernel(network, kind, {4, 4}, 256, 100, {.degree = 1, .width = 512});
}

TEST_CASE("the error of the CNTK sketch against its polynomials falls as the root of features") {
    const ImageShape image{5, 5};
    const Matrix<float> x = normal_rows(8, 25 * 3, 3);
    for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
        const auto map = cntksketch("conv(3) relu gap dense", kind, image, 64);
        auto large = map;
        large.features = 1024;
        constexpr int seeds = 40;
        const Matrix<double> kernel = PixelCovariances::gram(map, x, polynomials_of({}));
        const ErrorMoments few = logarithm_of_error(map, {}, x, kernel, seeds);
        const ErrorMoments many = logarithm_of_error(large, {}, x, kernel, seeds);
        const double slope = (many.mean - few.mean) / std::log(1024.0 / 64);
        const double standard_error =
            std::hypot(few.standard_error, many.standard_error) / std::log(1024.0 / 64);
        CAPTURE(to_text(kind), few.mean, many.mean, slope, standard_error);
        CHECK(standard_error < 0.05);
        CHECK(std::abs(slope + 0.5) < 5 * standard_error);
    }
}

TEST_CASE("the error of the CNTK sketch is that of its polynomials, which falls with the degree") {
    const Matrix<float> x = normal_rows(8, 25 * 3, 3);
    for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
        auto map = cntksketch("conv(3) relu gap dense", kind, {5, 5}, 1024);
        const Matrix<double> exact = exact_image_gram(map, x);
        std::vector<ErrorMoments> by_degree;
        for (const Index degree : {1, 2, 4, 8}) {
            const CntkSketchOptions options{.degree = degree};
            const Matrix<double> kernel = PixelCovariances::gram(map, x, polynomials_of(options));
            // The sketch's own error has mean zero: squares add up.
            const double of_polynomials = std::pow(distance(kernel, exact), 2);
            const double unit = std::pow(norm_of(kernel) / norm_of(exact), 2);
            const ErrorMoments missing = moments(10, [&](Seed seed) {
                map.seed = seed;
                const CntkSketch sketch(map, options, x.columns());
                return std::pow(relative_error(sketch, exact, x), 2) - of_polynomials -
                       unit * std::pow(relative_error(sketch, kernel, x), 2);
            });
            by_degree.push_back(logarithm_of_error(map, options, x, exact, 10));
            CAPTURE(to_text(kind), degree, of_polynomials, missing.mean, missing.standard_error,
                    by_degree.back().mean, by_degree.back().standard_error);
            // Degree 1 is exact here, but for rounding.
            CHECK(std::abs(missing.mean) < 5 * missing.standard_error + 1e-5 * of_polynomials);
        }
        CHECK(by_degree.back().mean + 5 * by_degree.back().standard_error <
              by_degree.front().mean - 5 * by_degree.front().standard_error);
    }
}

TEST_CASE("the CNTK sketch is the same bits for any threads and batches") {
    const Matrix<float> x = normal_rows(7, 8 * 8 * 3, 4);
    for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
        FeatureMapConfiguration configuration = cntksketch(
            "conv(3) relu avg_pool(2) conv(3) relu avg_pool(2) flatten dense", kind, {8, 8}, 96);
        set_map(configuration, "cntksketch(degree=3,series=taylor,width=20)");
        const auto map = make_feature_map(configuration, x.columns());
        const Matrix<float> z = sketched(*map, x);
        CHECK(sketched(*map, x, 3) == z);
        const auto again =
            make_feature_map(feature_map_from_json(to_json(configuration)), x.columns());
        CHECK(sketched(*again, x, 2) == z);
        for (Index i = 0; i < x.rows(); ++i) {
            Matrix<float> alone(1, z.columns());
            again->transform(x.view().middle_rows(i, 1), alone, {});
            CHECK(std::equal(alone.data(), alone.data() + alone.columns(), z.row(i).data()));
        }
    }
}

TEST_CASE("the CNTK sketch refuses what it cannot serve, by name") {
    const auto make = [](const std::string& network, Index features, ImageShape image = {4, 4},
                         const std::string& map = "cntksketch") {
        FeatureMapConfiguration configuration =
            cntksketch(network, KernelKind::ntk, std::move(image), features);
        set_map(configuration, map);
        return make_feature_map(configuration, 48)->features();
    };
    CHECK(make("conv(3) relu gap dense", 64) == 64);
    CHECK(make("conv(3) relu flatten dense", 100) == 96);
    CHECK_THROWS_WITH(make("conv(3) relu gap dense", 64, {}),
                      Catch::Contains("cntksketch: serves images"));
    CHECK_THROWS_WITH(make("conv(3) relu gap dense", 64, {5, 5}), Catch::Contains("no multiple"));
    CHECK_THROWS_WITH(make("conv(3) erf gap dense", 64),
                      Catch::Contains("layer 2, erf: the map cntksketch serves relu only"));
    CHECK_THROWS_WITH(make("conv(3) layer_norm relu gap dense", 64),
                      Catch::Contains("layer 2, layer_norm: the map cntksketch does not"));
    CHECK_THROWS_WITH(make("conv(3) relu dense", 64), Catch::Contains("flatten or gap"));
    CHECK_THROWS_WITH(make("conv(3) relu flatten dense", 40),
                      Catch::Contains("cntksketch needs at least 48"));
    CHECK_THROWS_WITH(make("conv(3) relu gap dense", 64, {4, 4}, "cntksketch(degree=64)"),
                      Catch::Contains("degree"));
    CHECK_THROWS_WITH(make("conv(3) relu gap dense", 64, {4, 4}, "cntksketch(directions=sphere)"),
                      Catch::Contains("directions"));
}

TEST_CASE("the CNTK sketch says what it costs before it is drawn") {
    const auto map = [](Index features, Index degree) {
        return CntkSketch(
            cntksketch("2*(conv(3) relu) gap dense", KernelKind::ntk, {8, 8}, features),
            {.degree = degree}, 8 * 8 * 3);
    };
    // 64 pixels with patches of 9 times 64 numbers are the largest part.
    CHECK(map(64, 2).bytes(1) > 4 * 64 * 9 * 64);
    CHECK(map(64, 2).bytes(2) > map(64, 2).bytes(1) + 4 * 64 * 9 * 64);
    CHECK(map(256, 2).flops_per_row() > 4 * map(64, 2).flops_per_row());
    CHECK(map(64, 4).flops_per_row() > map(64, 2).flops_per_row());
}
