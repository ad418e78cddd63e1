// header under test: sketchntk/kernels/kernel_curve.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>

#include <cmath>

using namespace sketchntk;

TEST_CASE("the curve has the values of METHODS.md 1.3") {
    // K_L there has c_sigma = 2 and no factor for the last dense layer's w_std^2 = 2.
    const std::vector<double> cosines{-1, -0.5, 0, 0.5, 0.9, 1};
    const std::vector<std::vector<double>> expected{
        {0, -0.0576688856, 0.3183098862, 0.9423311144, 1.6803287350, 2},
        {0.3183098862, 0.3438622463, 0.6857086363, 1.3514795611, 2.3688136627, 3},
        {0.6857086363, 0.7422493226, 1.0603881068, 1.7378446792, 2.9856931874, 4}};
    for (Index depth = 1; depth <= 3; ++depth) {
        const auto curve =
            kernel_curve(fully_connected_network(depth), KernelKind::ntk, 1, cosines);
        for (std::size_t k = 0; k < cosines.size(); ++k)
            CHECK(curve[k] ==
                  Approx(expected[static_cast<std::size_t>(depth - 1)][k]).margin(2e-10));
    }
}

TEST_CASE("a homogeneous kernel is lengths times the curve") {
    Network network = fully_connected_network(2);
    std::get<Dense>(network.layers.front()) = {.w_std = 1.2, .b_std = 0.7};
    REQUIRE(is_homogeneous(network));
    Matrix<double> x(2, 3);
    const double values[] = {1, -2, 0.5, 3, 1, 1};
    std::copy_n(values, 6, x.data());
    const Matrix<double> kernel =
        gram(FullyConnectedKernel<double>(network, KernelKind::ntk, x.view()));
    const auto inner = [&](Index i, Index j) {
        double sum = 0.7 * 0.7;
        for (Index k = 0; k < 3; ++k) sum += 1.2 * 1.2 / 3 * x(i, k) * x(j, k);
        return sum;
    };
    const double lengths = std::sqrt(inner(0, 0) * inner(1, 1));
    const double cosine = inner(0, 1) / lengths;
    CHECK(kernel(0, 1) ==
          Approx(lengths * kernel_curve(network, KernelKind::ntk, 1, {&cosine, 1}).front())
              .epsilon(1e-11));
    CHECK_FALSE(is_homogeneous(fully_connected_network(1, {1, 0.1})));
}

TEST_CASE("the NTKs of single trained layers add up to the NTK") {
    const Network network = fully_connected_network(3, {1.4, 0.2});
    const std::vector<Network> layers = networks_of_single_layers(network);
    REQUIRE(layers.size() == 4);
    const std::vector<double> cosines{-0.9, 0, 0.3, 0.99, 1};
    const auto whole = kernel_curve(network, KernelKind::ntk, 1.5, cosines);
    std::vector<double> sum(cosines.size());
    for (const Network& layer : layers) {
        const auto part = kernel_curve(layer, KernelKind::ntk, 1.5, cosines);
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += part[k];
    }
    for (std::size_t k = 0; k < sum.size(); ++k) CHECK(sum[k] == Approx(whole[k]).epsilon(1e-12));
    const auto last = kernel_curve(layers.back(), KernelKind::ntk, 1.5, cosines);
    const auto nngp = kernel_curve(network, KernelKind::nngp, 1.5, cosines);
    for (std::size_t k = 0; k < sum.size(); ++k) CHECK(last[k] == Approx(nngp[k]).epsilon(1e-12));
}

TEST_CASE("frozen layers come back from both notations, and a wholly frozen NTK is refused") {
    const Network network =
        parse_network("dense(trained=0) relu dense(w_std=1.5, trained=0) relu dense");
    CHECK(std::get<Dense>(network.layers[2]) == Dense{1.5, 0, false});
    CHECK(parse_network(to_text(network)) == network);
    CHECK(parse_network(to_json(network)) == network);
    REQUIRE_THROWS_AS(parse_network("dense(trained=2)"), InvalidArgument);
    REQUIRE_THROWS_AS(parse_network(R"({"layers": [{"type": "dense", "trained": 1}]})"),
                      InvalidArgument);
    const double one = 1;
    const Network frozen = fully_connected_network(1, {.trained = false});
    REQUIRE_THROWS_AS(kernel_curve(frozen, KernelKind::ntk, 1, {&one, 1}), InvalidArgument);
    CHECK(kernel_curve(frozen, KernelKind::nngp, 1, {&one, 1}).front() == Approx(1));
    const double beyond = 1.5;
    REQUIRE_THROWS_AS(kernel_curve(network, KernelKind::ntk, 1, {&beyond, 1}), InvalidArgument);
}
