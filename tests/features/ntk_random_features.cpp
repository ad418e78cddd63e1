// header under test: sketchntk/features/ntk_random_features.hpp
#include "catch2.hpp"
#include "features/kernel_moments.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/ntk_random_features.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <cmath>
#include <vector>

using namespace sketchntk;

namespace {

void check_unbiased(const Network& network, KernelKind kind,
                    const NtkRandomFeatureOptions& options = {}) {
    const Matrix<float> x = rows_of_all_kinds();
    const auto make = [&](Seed seed) {
        return std::make_unique<NtkRandomFeatures>(network, kind, 24, options, seed, x.columns());
    };
    CAPTURE(to_text(network));
    check_mean(kernel_moments(make, x, 3000), fully_connected_gram(network, kind, x));
}

}  // namespace

TEST_CASE("with one hidden layer NTK random features are unbiased, with biases and any norms") {
    for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
        check_unbiased(fully_connected_network(1), kind);
        check_unbiased(fully_connected_network(1, {1.3, 0.5}), kind);
    }
}

TEST_CASE("every law of directions and either product is unbiased at depth one") {
    using Product = NtkRandomFeatureOptions::Product;
    const Network network = fully_connected_network(1, {1.3, 0.5});
    for (const Product product : {Product::tensor_srht, Product::gates})
        for (const DirectionLaw law : {DirectionLaw::sphere, DirectionLaw::gaussian,
                                       DirectionLaw::antithetic, DirectionLaw::orthogonal})
            check_unbiased(network, KernelKind::ntk, {.product = product, .directions = law});
    check_unbiased(network, KernelKind::ntk,
                   {.directions = DirectionLaw::gaussian,
                    .sampling = sketches::TensorSampling::independent,
                    .split = NtkRandomFeatureOptions::Split::published});
}

TEST_CASE("layers that are not trained leave their part out") {
    for (const Network& network : networks_of_single_layers(fully_connected_network(1, {1.3, 0.5})))
        for (const auto product : {NtkRandomFeatureOptions::Product::tensor_srht,
                                   NtkRandomFeatureOptions::Product::gates})
            check_unbiased(network, KernelKind::ntk, {.product = product});
}

TEST_CASE("structured directions come close to the NTK as well") {
    const Network network = fully_connected_network(2, {1.3, 0.3});
    const Matrix<float> x = normal_rows(20, 60, 4);
    const Matrix<double> exact = fully_connected_gram(network, KernelKind::ntk, x);
    for (const auto product :
         {NtkRandomFeatureOptions::Product::tensor_srht, NtkRandomFeatureOptions::Product::gates}) {
        const NtkRandomFeatures map(network, KernelKind::ntk, 8192,
                                    {.product = product, .directions = DirectionLaw::hadamard},
                                    Seed{5}, x.columns());
        CHECK(map.features() == 8192);
        CHECK(relative_error(map, exact, x) < 0.08);
    }
}

TEST_CASE("deep NTK random features approach the NTK as they widen") {
    // No longer unbiased: kappa0 and kappa1 are not linear in the random phi of the layer before.
    const Network network = fully_connected_network(3, {1.3, 0.3});
    const Matrix<float> x = rows_of_all_kinds();
    const Matrix<double> exact = fully_connected_gram(network, KernelKind::ntk, x);
    double previous = 1e9;
    for (const Index features : {64, 512, 4096}) {
        double squares = 0;
        for (std::uint64_t seed = 0; seed < 10; ++seed)
            squares += std::pow(relative_error(NtkRandomFeatures(network, KernelKind::ntk, features,
                                                                 Seed{seed}, x.columns()),
                                               exact, x),
                                2);
        const double relative = std::sqrt(squares / 10);
        CHECK(relative < previous);
        previous = relative;
    }
    CHECK(previous < 0.1);
}

TEST_CASE("features have the same bits for any threads and any division into batches") {
    const Matrix<float> x = normal_rows(1500, 7, 3);
    const NtkRandomFeatures map(fully_connected_network(2, {1.4, 0.1}), KernelKind::ntk, 301,
                                Seed{9}, 7);
    CHECK(map.features() == 301);
    Matrix<float> whole(x.rows(), map.features());
    map.transform(x, whole, {.threads = 1});
    for (const int threads : {2, 5}) {
        Matrix<float> again(x.rows(), map.features());
        map.transform(x, again, {.threads = threads});
        CHECK(again == whole);
    }
    for (const Index batch : {1, 17, 256, 1000}) {
        Matrix<float> again(x.rows(), map.features());
        for (Index first = 0; first < x.rows(); first += batch) {
            const Index count = std::min(batch, x.rows() - first);
            map.transform(x.view().middle_rows(first, count),
                          again.view().middle_rows(first, count), {.threads = 2});
            if (batch == 1 && first == 40) break;
        }
        const Index compared = batch == 1 ? 41 : x.rows();
        bool same = true;
        for (Index i = 0; i < compared; ++i)
            same =
                same && std::equal(again.row(i).begin(), again.row(i).end(), whole.row(i).begin());
        CHECK(same);
    }
}

TEST_CASE("two maps agree exactly when all of their configuration does") {
    const Matrix<float> x = normal_rows(3, 4, 1);
    const auto features = [&](Seed seed, Index count) {
        const NtkRandomFeatures map(fully_connected_network(1), KernelKind::ntk, count, seed, 4);
        Matrix<float> z(3, map.features());
        map.transform(x, z);
        return z;
    };
    CHECK(features(Seed{1}, 50) == features(Seed{1}, 50));
    CHECK_FALSE(features(Seed{1}, 50) == features(Seed{2}, 50));
}

TEST_CASE("the size is known before anything is drawn") {
    const Network network = fully_connected_network(4, {1.4, 0.1});
    const NtkRandomFeatures map(network, KernelKind::ntk, 1'000'000,
                                {.directions = DirectionLaw::sphere}, Seed{}, 10);
    CHECK(map.features() == 1'000'000);
    // The second layer alone has 500,000 x 1,000,000 directions.
    CHECK(map.bytes(1) > 1'000'000'000'000);
    CHECK(map.flops_per_row() > 1e11);
}

TEST_CASE("NTK random features refuse what they cannot serve") {
    REQUIRE_THROWS_AS(
        NtkRandomFeatures(fully_connected_network(0), KernelKind::ntk, 100, Seed{}, 3),
        InvalidArgument);
    REQUIRE_THROWS_AS(NtkRandomFeatures(fully_connected_network(1), KernelKind::ntk, 2, Seed{}, 3),
                      InvalidArgument);
    REQUIRE_THROWS_AS(NtkRandomFeatures(fully_connected_network(1), KernelKind::ntk, 9, Seed{}, 0),
                      InvalidArgument);
    Network frozen = fully_connected_network(1, {.trained = false});
    REQUIRE_THROWS_AS(NtkRandomFeatures(frozen, KernelKind::ntk, 9, Seed{}, 3), InvalidArgument);
}
