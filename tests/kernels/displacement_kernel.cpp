// header under test: sketchntk/kernels/displacement_kernel.hpp, against TensorKernel, which holds
// the covariances of all pairs of pixels
#include "catch2.hpp"
#include "kernels/converted.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/image_memory.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>

using namespace sketchntk;

namespace {

class RandomNetworks {
  public:
    RandomNetworks(unsigned seed, ImageShape shape) : generator_(seed), shape_(std::move(shape)) {}

    /// A description that displacements serve.
    Network network() {
        std::string layers = convolution(true);
        while (!fits(layers)) layers = convolution(true);
        for (Index i = below(5); i > 0; --i) {
            const std::string longer = layers + " " + layer_on_pixels();
            if (fits(longer)) layers = longer;
        }
        layers += below(2) == 0 ? " gap" : " flatten";
        for (Index i = below(3); i > 0; --i) layers += " " + activation() + " " + dense();
        return parse_network(layers + " dense");
    }

  private:
    Index below(Index count) {
        return std::uniform_int_distribution<Index>(0, count - 1)(generator_);
    }
    [[nodiscard]] bool fits(const std::string& layers) const {
        try {
            static_cast<void>(output_shape(parse_network(layers).layers, shape_));
            return true;
        } catch (const InvalidArgument&) {
            return false;
        }
    }
    std::string lengths(Index most) {
        std::string text = std::to_string(1 + below(most));
        if (shape_.size() == 2 && below(2) == 0) text += "x" + std::to_string(1 + below(most));
        return text;
    }
    std::string convolution(bool may_shrink) {
        const bool valid = may_shrink && below(3) == 0;
        const bool strided = may_shrink && below(4) == 0;
        return "conv(" + lengths(3) + (strided ? ", stride=" + lengths(3) : "") +
               (valid ? ", padding=valid" : "") + weights() + ")";
    }
    std::string pool() {
        return "avg_pool(" + lengths(3) + (below(2) == 0 ? ", stride=" + lengths(3) : "") + ")";
    }
    std::string residual() {
        const std::string stride = below(2) == 0 ? "" : ", stride=" + lengths(2);
        const std::string first = "conv(" + lengths(3) + stride + weights() + ")";
        const std::string branch = activation() + " " + first + " " + activation() + " ";
        const std::string other =
            stride.empty() ? std::string(below(2) == 0 ? "" : dense()) : "conv(1" + stride + ")";
        return "residual(" + branch + convolution(false) + (other.empty() ? "" : " | " + other) +
               ")";
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
    std::string layer_on_pixels() {
        switch (below(4)) {
            case 0:
                return residual();
            case 1:
                return pool();
            default:
                return activation() + " " + convolution(true);
        }
    }

    std::mt19937 generator_;
    ImageShape shape_;
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
    for (unsigned seed = 1; seed <= 120; ++seed) {
        const ImageShape shape = seed % 3 != 0 ? ImageShape{12, 11} : ImageShape{23};
        const Network network = RandomNetworks(seed, shape).network();
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

TEST_CASE("images in more than one group of lanes have the kernel of all pairs of pixels") {
    const Index count = 2 * 8 + 3;
    const Matrix<double> x = random_images(count, 5 * 4 * 3, 8), y = random_images(9, 5 * 4 * 3, 9);
    for (const char* text : {"conv(3) erf conv(2) relu gap dense relu dense",
                             "conv(3) relu avg_pool(2) conv(3) leaky_relu flatten dense"}) {
        const Network network = parse_network(text);
        const ImageShape shape{5, 4};
        const auto error = [](const Matrix<double>& found, const Matrix<double>& expected) {
            double most = 0;
            for (Index i = 0; i < expected.rows(); ++i)
                for (Index j = 0; j < expected.columns(); ++j)
                    most = std::max(most, std::abs(found(i, j) / expected(i, j) - 1));
            return most;
        };
        // A pixel's covariance with itself lies on the kink of the rectifier's dual, where a
        // rounding of the variance moves the angle by its square root: 1e-8, and less after some
        // sums.
        CHECK(error(gram_by_pairs(
                        DisplacementKernel<double>(network, KernelKind::ntk, shape, x.view())),
                    gram_by_pairs(TensorKernel(network, KernelKind::ntk, shape, x.view()))) < 1e-7);
        CHECK(error(gram(DisplacementKernel<double>(network, KernelKind::ntk, shape, x.view(),
                                                    y.view())),
                    gram(TensorKernel(network, KernelKind::ntk, shape, x.view(), y.view()))) <
              1e-10);
    }
}

TEST_CASE("kernels by displacements are symmetric to the bit, for any number of threads") {
    const Index count = 19;
    const Matrix<double> x = random_images(count, 5 * 6 * 3, 7);
    const Matrix<float> rounded = converted<float>(x);
    for (const char* network :
         {"2*(conv(3) relu) gap dense", "conv(3) relu avg_pool(2) conv(3) relu flatten dense",
          "residual(relu conv(3, stride=2) | conv(1, stride=2)) avg_pool(2) gap dense"}) {
        const DisplacementKernel<float> kernel(parse_network(network), KernelKind::ntk, {5, 6},
                                               rounded.view());
        Matrix<float> whole(count, count), single(1, 1);
        kernel.tile(0, 0, whole.view());
        CHECK(gram_by_pairs(kernel, Execution{.threads = 1}) == whole);
        CHECK(gram_by_pairs(kernel, Execution{.threads = 3}) == whole);
        for (Index i = 0; i < count; i += 3)
            for (Index j = 0; j < count; ++j) {
                CHECK(whole(i, j) == whole(j, i));
                kernel.tile(i, j, single.view());
                CHECK(single(0, 0) == whole(i, j));
            }
    }
}

TEST_CASE("networks that mix displacements are refused with the layer that does") {
    const auto refusal = [](const std::string& network) {
        return displacement_refusal(parse_network(network), {8, 8});
    };
    CHECK(refusal("conv(3) relu gap dense").empty());
    CHECK(refusal("conv(3) avg_pool(3, stride=1) conv(3, stride=2) gap").empty());
    CHECK(refusal("residual(conv(3, stride=2) | conv(1, stride=2)) gap").empty());
    CHECK(refusal("avg_pool(2) residual(conv(3) avg_pool(2) | conv(1, stride=2)) gap") ==
          "network, layer 2, branch, layer 2: a pool in a residual mixes the displacements of one "
          "branch");
    CHECK(refusal("residual(conv(5, padding=valid) | conv(1, stride=2)) gap") ==
          "network, layer 1: branch and shortcut have other strides, and so other displacements");
    CHECK(refusal("conv(3, padding=circular) gap") ==
          "network, layer 1: circular padding wraps displacements");
    CHECK(refusal("conv(3) relu") ==
          "no global average pool or flatten after the layers on pixels");
    const Matrix<double> x = random_images(1, 64, 1);
    CHECK_THROWS_AS(DisplacementKernel<double>(parse_network("conv(3, padding=circular) gap"),
                                               KernelKind::ntk, {8, 8}, x.view()),
                    InvalidArgument);
}

TEST_CASE("threads hold what is open behind pools, for as many images as fit into a mebibyte") {
    const auto bytes = [](const char* network, const ImageShape& shape) {
        return displacement_thread_bytes(parse_network(network), shape);
    };
    CHECK(bytes("conv(3) relu gap dense", {32, 32}) == 0);
    // 4 H^2 W vectors of 64 bytes an image: 1 MiB, 128 KiB and 216 MiB.
    CHECK(bytes("conv(3) avg_pool(2) gap", {32, 32}) == 4 * (16 * 16 * 16) * 64);
    CHECK(bytes("conv(3) avg_pool(2) gap", {16, 16}) == 8 * 4 * (8 * 8 * 8) * 64);
    CHECK(bytes("conv(3) avg_pool(2) gap", {192, 192}) == 4 * (96 * 96 * 96) * 64);
}
