// All exact kernels against a plain implementation, on random networks; failures are shrunk.
#include "catch2.hpp"
#include "kernels/converted.hpp"
#include "kernels/random_network.hpp"
#include "kernels/reference_kernel.hpp"
#include "kernels/shrink_network.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>
#include <string>

namespace sketchntk::testing {

namespace {

constexpr Index image_count = 3;
constexpr Index channel_count = 3;

/// Numbers that float32 holds, so that both precisions see the same images.
Matrix<double> normal_images(const ImageShape& shape, unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    Matrix<double> images(image_count, pixel_count(shape) * channel_count);
    for (Index i = 0; i < images.rows(); ++i)
        for (double& value : images.row(i)) value = static_cast<double>(normal(generator));
    return images;
}

/// Relative to sqrt(K(x, x) K(y, y)), for different images and for an image with itself.
struct Tolerance {
    double apart;
    double coinciding;
};

// Of an image with itself pixels coincide, and kinks turn a rounding of their correlation, 1e-16,
// into its square root, of which a few layers make more. What came out over 20,000 networks was
// 1.5e-14 and 1.8e-6: the sums of a pixel with itself are taken in the same order on both sides.
constexpr Tolerance in_float64{1e-11, 1e-7};
constexpr Tolerance in_float32{1e-4, 1e-4};

/// Where `kernel` is not what was expected; empty where it is.
template <typename T>
std::string difference(const KernelTiles<T>& kernel, const Matrix<double>& expected,
                       const Tolerance& tolerance) {
    Matrix<T> found(expected.rows(), expected.columns());
    kernel.tile(0, 0, found.view());
    for (Index i = 0; i < expected.rows(); ++i)
        for (Index j = 0; j < expected.columns(); ++j) {
            const double error = std::abs(static_cast<double>(found(i, j)) - expected(i, j)) /
                                 std::sqrt(expected(i, i) * expected(j, j));
            if (error <= (i == j ? tolerance.coinciding : tolerance.apart)) continue;
            std::ostringstream text;
            text.precision(std::numeric_limits<T>::max_digits10);
            text << "entry " << i << ", " << j << ": " << found(i, j) << " instead of "
                 << expected(i, j);
            return text.str();
        }
    return {};
}

bool is_fully_connected_network(const NetworkExample& example) {
    try {
        static_cast<void>(fully_connected_layers(example.network));
        return example.shape.empty();
    } catch (const InvalidArgument&) {
        return false;
    }
}

/// How many examples each kernel has served.
struct Served {
    int tensor = 0;
    int displacement = 0;
    int fully_connected = 0;
};

std::string disagreement(const NetworkExample& example, KernelKind kind, const Matrix<double>& x,
                         const Matrix<double>& expected, Served& served) {
    const auto& [network, shape] = example;
    const auto named = [](const char* kernel, const std::string& found) {
        return found.empty() ? found : std::string(kernel) + ", " + found;
    };
    const Matrix<float> rounded = converted<float>(x);
    ++served.tensor;
    std::string found = named(
        "TensorKernel", difference(TensorKernel(network, kind, shape, x), expected, in_float64));
    if (found.empty() && !shape.empty() && displacement_refusal(network, shape).empty()) {
        ++served.displacement;
        found = named(
            "DisplacementKernel<double>",
            difference(DisplacementKernel<double>(network, kind, shape, x), expected, in_float64));
        if (found.empty())
            found = named("DisplacementKernel<float>",
                          difference(DisplacementKernel<float>(network, kind, shape, rounded),
                                     expected, in_float32));
    }
    if (found.empty() && is_fully_connected_network(example)) {
        ++served.fully_connected;
        found =
            named("FullyConnectedKernel<double>",
                  difference(FullyConnectedKernel<double>(network, kind, x), expected, in_float64));
        if (found.empty())
            found = named("FullyConnectedKernel<float>",
                          difference(FullyConnectedKernel<float>(network, kind, rounded), expected,
                                     in_float32));
    }
    return found;
}

/// What is wrong with the kernels of an example; empty if nothing is. What a kernel throws is
/// wrong, too.
std::string disagreement(const NetworkExample& example, unsigned seed, Served& served) {
    const Matrix<double> x = normal_images(example.shape, seed);
    const ReferenceKernels expected = reference_kernels(example.network, example.shape, x);
    try {
        const std::string of_nngp =
            disagreement(example, KernelKind::nngp, x, expected.nngp, served);
        if (!of_nngp.empty()) return "nngp, " + of_nngp;
        const std::string of_ntk = disagreement(example, KernelKind::ntk, x, expected.ntk, served);
        return of_ntk.empty() ? of_ntk : "ntk, " + of_ntk;
    } catch (const Error& error) {
        return error.what();
    }
}

/// Seeds from `first` on.
Served check_random_networks(unsigned first, unsigned count) {
    Served served;
    for (unsigned seed = first; seed < first + count; ++seed) {
        const NetworkExample example = random_network(seed);
        REQUIRE(is_valid(example));
        const std::string wrong = disagreement(example, seed, served);
        if (wrong.empty()) continue;
        Served ignored;
        const NetworkExample smallest = shrunk(example, [&](const NetworkExample& smaller) {
            return !disagreement(smaller, seed, ignored).empty();
        });
        FAIL_CHECK("seed " << seed << ": " << to_text(example) << ": " << wrong << "\nshrunk to: "
                           << to_text(smallest) << ": " << disagreement(smallest, seed, ignored));
    }
    return served;
}

void add_in_order(const std::vector<Layer>& layers, std::vector<Layer>& list) {
    for (const Layer& layer : layers)
        if (const auto* residual = std::get_if<Residual>(&layer)) {
            add_in_order(residual->branch, list);
            add_in_order(residual->shortcut, list);
        } else {
            list.push_back(layer);
        }
}

/// An artificial failure: a convolution with a stride anywhere behind a relu, as the text goes.
bool has_stride_behind_relu(const NetworkExample& example) {
    std::vector<Layer> list;
    add_in_order(example.network.layers, list);
    const auto relu = std::find(list.begin(), list.end(), Layer(Activation{"relu", {}}));
    return std::any_of(relu, list.end(), [](const Layer& layer) {
        const auto* conv = std::get_if<Convolution>(&layer);
        return conv != nullptr && std::ranges::max(conv->stride) > 1;
    });
}

}  // namespace

TEST_CASE("exact kernels of random networks are those of the plain implementation") {
    const Served served = check_random_networks(1, 1000);
    CHECK(served.tensor == 2 * 1000);
    CHECK(served.displacement >= 2 * 200);
    CHECK(served.fully_connected >= 2 * 100);
}

TEST_CASE("exact kernels of many more random networks are those of the plain implementation",
          "[slow]") {
    check_random_networks(1001, 20000);
}

TEST_CASE("random networks are valid, the same for a seed, and survive their text") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        const NetworkExample example = random_network(seed);
        CAPTURE(seed, to_text(example));
        CHECK(is_valid(example));
        CHECK(random_network(seed).network == example.network);
        const std::string text = sketchntk::to_text(example.network);
        CHECK(sketchntk::to_text(parse_network(text)) == text);
    }
}

TEST_CASE("a failing network is shrunk to the smallest one that fails") {
    int failing = 0;
    for (unsigned seed = 1; seed <= 400; ++seed) {
        const NetworkExample example = random_network(seed);
        if (!has_stride_behind_relu(example)) continue;
        ++failing;
        int calls = 0;
        const NetworkExample smallest = shrunk(example, [&](const NetworkExample& smaller) {
            ++calls;
            REQUIRE(is_valid(smaller));
            return has_stride_behind_relu(smaller);
        });
        CAPTURE(seed, to_text(example));
        CHECK(to_text(smallest) == "relu conv(1, stride=2) flatten on 1");
        CHECK(calls < 2000);
    }
    CHECK(failing >= 10);
}

}  // namespace sketchntk::testing
