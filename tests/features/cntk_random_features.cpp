// header under test: sketchntk/features/cntk_random_features.hpp
#include "catch2.hpp"
#include "features/exact_image_gram.hpp"
#include "features/kernel_moments.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/cntk_random_features.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace sketchntk;

namespace {

FeatureMapConfiguration cntkrf(const std::string& network, KernelKind kind, ImageShape image,
                               Index features, Seed seed = {}) {
    return {.map = "cntkrf",
            .network = parse_network(network),
            .kind = kind,
            .features = features,
            .seed = seed,
            .image = std::move(image)};
}

// A general pair, a scaled copy, and one with zero pixels.
Matrix<float> few_images(const ImageShape& image, Index channels) {
    Matrix<float> x = normal_rows(4, pixel_count(image) * channels, 17);
    for (Index j = 0; j < x.columns(); ++j) {
        x(2, j) = -3 * x(0, j);
        if (j < x.columns() / 2) x(3, j) = 0;
    }
    return x;
}

std::unique_ptr<FeatureMap> learnt_from(const FeatureMapConfiguration& configuration,
                                        const CntkRandomFeatureOptions& options,
                                        const Matrix<float>& x) {
    return std::make_unique<CntkRandomFeatures>(
        configuration, options, x.columns(),
        CntkRandomFeatures::learn(configuration, options, x, {.threads = 2}));
}

void check_unbiased(const std::string& network, KernelKind kind, const ImageShape& image,
                    Index features, int maps, const CntkRandomFeatureOptions& options = {}) {
    constexpr Index channels = 2;
    const Matrix<float> x = few_images(image, channels);
    const auto make = [&](Seed seed) {
        return learnt_from(cntkrf(network, kind, image, features, seed), options, x);
    };
    CAPTURE(network, to_text(kind));
    check_mean(kernel_moments(make, x, maps), exact_image_gram(cntkrf(network, kind, image, 1), x));
}

void check_unbiased_of_both_kinds(const std::string& network, const ImageShape& image,
                                  Index features, int maps,
                                  const CntkRandomFeatureOptions& options = {}) {
    check_unbiased(network, KernelKind::ntk, image, features, maps, options);
    check_unbiased(network, KernelKind::nngp, image, features, maps, options);
}

Matrix<float> mapped(const FeatureMap& map, const Matrix<float>& x, int threads = 1) {
    Matrix<float> z(x.rows(), map.features());
    map.transform(x, z, {.threads = threads});
    return z;
}

const char* const learnt_map =
    "cntkrf(directions=patches,contrast=0.1,whiten=0.1,hidden_whiten=1,rank=8,hidden_rank=12,"
    "width=10,flip=yes)";

}  // namespace

TEST_CASE("CNTK random features of one activation are unbiased for every layer") {
    const ImageShape image{4, 5};
    for (const char* network :
         {"conv(3) relu gap dense", "conv(3, b_std=0.5) relu flatten dense(b_std=0.7)",
          "conv(3x2, stride=2, padding=valid) relu avg_pool(1x2) flatten dense",
          "conv(3, padding=circular, w_std=1.2) relu avg_pool(2, stride=1) gap dense",
          "conv(3, trained=0) relu gap dense", "conv(3) relu gap dense(trained=0)",
          "conv(2) conv(3, b_std=0.3) relu conv(3) gap dense", "dense relu conv(3) flatten dense",
          "avg_pool(2) conv(2) relu gap", "gap dense relu dense",
          "residual(conv(3) | dense(b_std=0.4)) relu gap dense",
          "conv(3) residual(relu conv(3)) gap dense", "flatten dense"})
        check_unbiased(network, KernelKind::ntk, image, 400, 600);
    for (const char* network :
         {"conv(3, b_std=0.5) relu flatten dense(b_std=0.7)",
          "conv(3x2, stride=2, padding=valid) relu avg_pool(1x2) flatten dense",
          "conv(3) residual(relu conv(3)) gap dense", "conv(3) relu gap"})
        check_unbiased(network, KernelKind::nngp, image, 400, 600);
}

TEST_CASE("CNTK random features serve sequences, and every law of directions") {
    for (const DirectionLaw law : {DirectionLaw::sphere, DirectionLaw::gaussian,
                                   DirectionLaw::antithetic, DirectionLaw::orthogonal})
        check_unbiased_of_both_kinds("conv(3, b_std=0.2) relu flatten dense", {6}, 60, 1500,
                                     {.directions = law});
}

TEST_CASE("deep CNTK random features have the kernel's mean with wide hidden layers") {
    // Their bias, of order 1 / width, is far below the standard errors.
    const ImageShape image{4, 4};
    for (const char* network :
         {"2*(conv(3) relu) gap dense",
          "conv(3, trained=0) relu conv(3, b_std=0.4) relu gap dense(trained=0)",
          "3*(conv(2, b_std=0.2) relu) avg_pool(2) flatten dense",
          "conv(3) residual(relu conv(3)) relu gap dense",
          "conv(2) residual(relu conv(3) | conv(1, trained=0)) relu avg_pool(2) flatten dense",
          "conv(2) relu flatten dense relu dense"})
        check_unbiased_of_both_kinds(network, image, 128, 100, {.width = 256, .leading = 12});
}

TEST_CASE("the error of CNTK random features falls at least as the root of their number") {
    const ImageShape image{6, 6};
    const Matrix<float> x = normal_rows(12, 36 * 3, 3);
    // Deeper, hidden layers would have to widen as well.
    const std::string network = "conv(3) relu gap dense";
    const Matrix<double> exact = exact_image_gram(cntkrf(network, KernelKind::ntk, image, 1), x);
    constexpr int seeds = 16;
    const auto mean_error = [&](Index features, double& deviation) {
        double sum = 0;
        double squares = 0;
        for (int seed = 0; seed < seeds; ++seed) {
            const auto map = learnt_from(cntkrf(network, KernelKind::ntk, image, features,
                                                Seed{static_cast<std::uint64_t>(seed)}),
                                         {}, x);
            CHECK(map->features() <= features);
            CHECK(map->features() > features - 4);
            const double logarithm = std::log(relative_error(*map, exact, x));
            sum += logarithm;
            squares += logarithm * logarithm;
        }
        const double mean = sum / seeds;
        deviation = std::sqrt((squares / seeds - mean * mean) / seeds);
        return mean;
    };
    double few_deviation = 0;
    double many_deviation = 0;
    const double few = mean_error(128, few_deviation);
    const double many = mean_error(8192, many_deviation);
    const double slope = (many - few) / std::log(8192.0 / 128);
    const double standard_error =
        std::hypot(few_deviation, many_deviation) / std::log(8192.0 / 128);
    CAPTURE(slope, standard_error);
    CHECK(standard_error < 0.05);
    // With few features it falls faster: components of the patches, ever more of them, get
    // coordinates of their own, and directions fall into complete orthogonal systems.
    CHECK(slope < -0.5 + 5 * standard_error);
}

TEST_CASE("hidden layers of CNTK random features grow with the features, but not along patches") {
    const auto work = [](Index features, const CntkRandomFeatureOptions& options) {
        const CntkRandomFeatures map(
            cntkrf("2*(conv(3) relu) gap dense", KernelKind::nngp, {4, 4}, features), options, 32,
            {});
        return map.flops_per_row();
    };
    const std::vector<std::pair<Index, Index>> widths{
        {100, 100}, {1024, 256}, {4096, 1024}, {8192, 2048}, {16384, 2048}};
    for (const auto& [features, width] : widths) {
        CAPTURE(features);
        CHECK(work(features, {}) == work(features, {.width = width}));
        CHECK(work(features, {.directions = {}}) ==
              work(features, {.directions = {}, .width = std::min<Index>(features, 256)}));
    }
    CHECK(work(4096, {.width = 1024}) > work(4096, {.width = 512}));
}

TEST_CASE("CNTK random features are the same bits for any threads and batches, learnt or not") {
    const Matrix<float> x = normal_rows(7, 8 * 8 * 3, 4);
    for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
        for (const char* map_name : {"cntkrf", learnt_map}) {
            FeatureMapConfiguration configuration =
                cntkrf("conv(3) relu avg_pool(2) conv(3) relu avg_pool(2) flatten dense", kind,
                       {8, 8}, 96);
            set_map(configuration, map_name);
            const Matrix<float> sample = normal_rows(30, x.columns(), 5);
            const auto map = learn_feature_map(configuration, sample, {.threads = 2});
            const auto one_thread = learn_feature_map(configuration, sample, {.threads = 1});
            CHECK(map->learnt() == one_thread->learnt());
            const Matrix<float> z = mapped(*map, x);
            CHECK(mapped(*map, x, 3) == z);
            const auto again = make_feature_map(feature_map_from_json(to_json(configuration)),
                                                x.columns(), map->learnt());
            CHECK(mapped(*again, x) == z);
            for (Index i = 0; i < x.rows(); ++i) {
                Matrix<float> alone(1, z.columns());
                again->transform(x.view().middle_rows(i, 1), alone, {});
                CHECK(std::equal(alone.data(), alone.data() + alone.columns(), z.row(i).data()));
            }
        }
    }
}

TEST_CASE("flipped features do not change when the image is mirrored") {
    const ImageShape image{5, 7};
    const Matrix<float> x = normal_rows(2, 35 * 3, 6);
    Matrix<float> mirrored(2, 35 * 3);
    for (Index i = 0; i < 2; ++i)
        for (Index row = 0; row < 5; ++row)
            for (Index column = 0; column < 7; ++column)
                for (Index c = 0; c < 3; ++c)
                    mirrored(i, (row * 7 + column) * 3 + c) = x(i, (row * 7 + 6 - column) * 3 + c);
    const CntkRandomFeatures map(cntkrf("conv(3) relu gap dense", KernelKind::ntk, image, 64),
                                 {.leading = 0, .flip = true}, x.columns(), {});
    const CntkRandomFeatures plain(cntkrf("conv(3) relu gap dense", KernelKind::ntk, image, 64),
                                   {.leading = 0}, x.columns(), {});
    CHECK(mapped(map, x) == mapped(map, mirrored));
    CHECK(mapped(plain, x) != mapped(plain, mirrored));
}

TEST_CASE("CNTK random features refuse what they cannot serve, by name") {
    const auto make = [](const std::string& network, Index features, ImageShape image = {4, 4},
                         Index inputs = 48) {
        return CntkRandomFeatures(cntkrf(network, KernelKind::ntk, std::move(image), features), {},
                                  inputs, {})
            .features();
    };
    CHECK(make("conv(3) relu gap dense", 64) == 64);
    CHECK_THROWS_WITH(make("conv(3) relu gap dense", 64, {}),
                      Catch::Contains("rows have no pixels"));
    CHECK_THROWS_WITH(make("conv(3) relu gap dense", 64, {5, 5}), Catch::Contains("no multiple"));
    CHECK_THROWS_WITH(make("conv(3) erf gap dense", 64), Catch::Contains("layer 2, erf"));
    CHECK_THROWS_WITH(make("conv(3) layer_norm relu gap dense", 64),
                      Catch::Contains("layer 2, layer_norm"));
    CHECK_THROWS_WITH(make("conv(3) relu avg_pool(5) flatten dense", 64),
                      Catch::Contains("layer 3"));
    CHECK_THROWS_WITH(make("conv(3) relu dense", 64), Catch::Contains("flatten or gap"));
    CHECK_THROWS_WITH(make("conv(3) relu flatten dense", 31), Catch::Contains("at least 32"));
}

TEST_CASE("CNTK random features that learn say what is missing") {
    FeatureMapConfiguration configuration =
        cntkrf("conv(3) relu gap dense", KernelKind::nngp, {4, 4}, 64);
    set_map(configuration, "cntkrf(directions=patches)");
    const Matrix<float> x = normal_rows(3, 48, 8);
    Matrix<float> z(3, 64);
    CHECK_THROWS_WITH(make_feature_map(configuration, 48)->transform(x, z),
                      Catch::Contains("has not learnt"));
    CHECK_THROWS_AS(make_feature_map(configuration, 48, {Matrix<float>(1, 1)}), DimensionMismatch);
    // 3 images have 48 patches.
    CHECK_THROWS_WITH(learn_feature_map(configuration, x),
                      Catch::Contains("64 patches are wanted"));
    configuration.features = 48;
    CHECK(learn_feature_map(configuration, x)->features() == 48);
}
