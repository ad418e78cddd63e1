// header under test: sketchntk/kernels/displacement_kernel.hpp, against TensorKernel, which holds
// the covariances of all pairs of pixels
#include "catch2.hpp"
#include "kernels/converted.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <cmath>
#include <random>
#include <string>

using namespace sketchntk;

namespace {

class RandomNetworks {
  public:
    explicit RandomNetworks(unsigned seed) : generator_(seed) {}

    Index below(Index count) {
        return std::uniform_int_distribution<Index>(0, count - 1)(generator_);
    }

    /// A description that displacements serve, whose images stay larger than nothing.
    std::string text(bool two_axes) {
        std::string layers = convolution(two_axes, true);
        for (Index i = below(4); i > 0; --i) layers += " " + layer_on_pixels(two_axes);
        layers += below(2) == 0 ? " gap" : " flatten";
        for (Index i = below(3); i > 0; --i) layers += " " + activation() + " " + dense();
        return layers;
    }

  private:
    std::string convolution(bool two_axes, bool may_shrink) {
        std::string filter = std::to_string(1 + below(3));
        if (two_axes && below(2) == 0) filter += "x" + std::to_string(1 + below(3));
        const bool valid = may_shrink && below(3) == 0;
        return "conv(" + filter + (valid ? ", padding=valid" : "") + weights() + ")";
    }
    std::string dense() { return "dense(w_std=1.2" + weights() + ")"; }
    std::string weights() {
        const char* options[] = {"", ", b_std=0.3", ", trained=0"};
        return options[below(3)];
    }
    std::string activation() {
        const char* names[] = {"relu", "erf", "gelu", "leaky_relu(0.2)", "abs", "layer_norm"};
        return names[below(6)];
    }
    std::string layer_on_pixels(bool two_axes) {
        if (below(4) == 0)
            return "residual(" + activation() + " " + convolution(two_axes, false) +
                   (below(2) == 0 ? " | " + dense() + ")" : ")");
        return activation() + " " + convolution(two_axes, true);
    }

    std::mt19937 generator_;
};

Matrix<double> random_images(Index count, Index columns, unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<double> normal;
    Matrix<double> images(count, columns);
    for (Index i = 0; i < count; ++i)
        for (Index j = 0; j < columns; ++j) images(i, j) = normal(generator);
    return images;
}

}  // namespace

TEST_CASE("random networks have the same kernel by displacements and by all pairs of pixels") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        RandomNetworks random(seed);
        const bool two_axes = seed % 3 != 0;
        const ImageShape shape = two_axes ? ImageShape{9, 10} : ImageShape{11};
        const Network network = parse_network(random.text(two_axes) + " dense");
        const KernelKind kind = seed % 2 == 0 ? KernelKind::nngp : KernelKind::ntk;
        CAPTURE(seed, to_text(network), to_text(kind));
        REQUIRE(displacement_refusal(network, shape).empty());
        const Matrix<double> x = random_images(3, pixel_count(shape) * 2, seed);
        const Matrix<double> expected = gram_by_pairs(TensorKernel(network, kind, shape, x.view()));
        const Matrix<double> found =
            gram_by_pairs(DisplacementKernel<double>(network, kind, shape, x.view()));
        // Pixels of an image with itself coincide: the root of a rounding, in networks with kinks.
        for (Index i = 0; i < 3; ++i)
            for (Index j = 0; j < 3; ++j)
                CHECK(std::abs(found(i, j) - expected(i, j)) <
                      (i == j ? 1e-7 : 1e-11) * std::sqrt(expected(i, i) * expected(j, j)));
    }
}

TEST_CASE("kernels by displacements are symmetric to the bit, for any number of threads") {
    const Matrix<double> x = random_images(4, 5 * 6 * 3, 7);
    const Matrix<float> rounded = converted<float>(x);
    const DisplacementKernel<float> kernel(parse_network("2*(conv(3) relu) gap dense"),
                                           KernelKind::ntk, {5, 6}, rounded.view());
    Matrix<float> whole(4, 4);
    kernel.tile(0, 0, whole.view());
    CHECK(gram_by_pairs(kernel, Execution{.threads = 1}) == whole);
    CHECK(gram_by_pairs(kernel, Execution{.threads = 3}) == whole);
    for (Index i = 0; i < 4; ++i)
        for (Index j = 0; j < 4; ++j) CHECK(whole(i, j) == whole(j, i));
}

TEST_CASE("networks that mix displacements are refused with the layer that does") {
    const auto refusal = [](const std::string& network) {
        return displacement_refusal(parse_network(network), {8, 8});
    };
    CHECK(refusal("conv(3) relu gap dense").empty());
    CHECK(refusal("conv(3) avg_pool(2) gap") ==
          "network, layer 2: a pool before the end mixes displacements");
    CHECK(refusal("residual(conv(3, stride=2) | conv(1, stride=2)) gap") ==
          "network, layer 1, branch, layer 1: a stride mixes displacements");
    CHECK(refusal("conv(3, padding=circular) gap") ==
          "network, layer 1: circular padding wraps displacements");
    CHECK(refusal("conv(3) relu") ==
          "no global average pool or flatten after the layers on pixels");
    const Matrix<double> x = random_images(1, 64, 1);
    CHECK_THROWS_AS(DisplacementKernel<double>(parse_network("avg_pool(2) gap dense"),
                                               KernelKind::ntk, {8, 8}, x.view()),
                    InvalidArgument);
}
