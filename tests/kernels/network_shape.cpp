// headers under test: sketchntk/kernels/network_shape.hpp, and what tensor_kernel.hpp refuses
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/network_shape.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

using namespace sketchntk;

namespace {

ImageShape shape_after(const std::string& layers, const ImageShape& input) {
    return output_shape(parse_network(layers).layers, input);
}

}  // namespace

TEST_CASE("shapes of images after each layer") {
    CHECK(shape_after("conv(3)", {32, 32}) == ImageShape{32, 32});
    CHECK(shape_after("conv(3, padding=valid)", {32, 30}) == ImageShape{30, 28});
    CHECK(shape_after("conv(3, stride=2)", {7, 8}) == ImageShape{4, 4});
    CHECK(shape_after("conv(3x1, stride=2x1, padding=circular)", {7, 8}) == ImageShape{4, 8});
    CHECK(shape_after("avg_pool(2)", {7, 8}) == ImageShape{3, 4});
    CHECK(shape_after("avg_pool(3, stride=1)", {7}) == ImageShape{5});
    CHECK(shape_after("gap", {7, 8}).empty());
    CHECK(shape_after("flatten dense relu", {7}).empty());
    CHECK(shape_after("residual(relu conv(3, stride=2) | conv(1, stride=2))", {9, 9}) ==
          ImageShape{5, 5});
    CHECK(shape_after("dense relu", {}).empty());
}

TEST_CASE("same padding puts the smaller half in front") {
    const std::vector<WindowAxis> axes = window_axes("here", {8}, {4}, {1}, Padding::same);
    CHECK(axes.front().before == 1);
    CHECK(axes.front().outputs == 8);
}

TEST_CASE("layers that do not fit an image are refused by their place") {
    CHECK_THROWS_WITH(
        shape_after("conv(3) avg_pool(9)", {8, 8}),
        "network, layer 2: a window of 9 pixels is larger than the image, which has 8");
    CHECK_THROWS_WITH(shape_after("conv(3)", {}), "network, layer 1: expected an image, got a row");
    CHECK_THROWS_WITH(shape_after("gap conv(3)", {8}),
                      "network, layer 2: expected an image, got a row");
    CHECK_THROWS_WITH(shape_after("conv(3x3x2)", {8, 8}),
                      "network, layer 1: has 3 axes, the image 2");
    CHECK_THROWS_WITH(shape_after("relu residual(conv(3, stride=2))", {8, 8}),
                      "network, layer 2: the branch ends with 4 x 4, the shortcut with 8 x 8");
    CHECK_THROWS_WITH(shape_after("residual(relu avg_pool(9))", {8, 8}),
                      Catch::StartsWith("network, layer 1, branch, layer 2: a window of 9"));
    CHECK_THROWS_AS(shape_after("conv(9, padding=circular)", {8}), InvalidArgument);
}

TEST_CASE("tensor kernels refuse what they cannot compute") {
    const Matrix<double> x(2, 12);
    const auto kernel = [&](const std::string& network, const ImageShape& shape) {
        return TensorKernel(parse_network(network), KernelKind::ntk, shape, x.view());
    };
    CHECK_THROWS_WITH(kernel("conv(3) relu", {2, 2}),
                      Catch::Contains("ends with an image of 2 x 2"));
    CHECK_THROWS_WITH(kernel("conv(3) gap", {5, 1}), Catch::Contains("no multiple of 5 pixels"));
    CHECK_THROWS_WITH(kernel("conv(3) sign gap", {2, 2}), Catch::Contains("layer 2, sign"));
    CHECK_THROWS_WITH(kernel("conv(3, trained=0) relu gap", {2, 2}),
                      Catch::Contains("no layer is trained"));
    Matrix<double> damaged(2, 12);
    damaged(1, 4) = std::nan("");
    CHECK_THROWS_WITH(TensorKernel(parse_network("conv(3) gap"), KernelKind::ntk, {2, 2}, x.view(),
                                   damaged.view()),
                      Catch::Contains("y: row 2, column 5"));
}

TEST_CASE("tensor kernels are symmetric to the bit") {
    Matrix<double> x(3, 18);
    for (Index i = 0; i < 3; ++i)
        for (Index j = 0; j < 18; ++j) x(i, j) = std::sin(static_cast<double>(7 * i + 3 * j));
    const TensorKernel kernel(parse_network("conv(2) gelu avg_pool(2, stride=1) relu gap dense"),
                              KernelKind::ntk, {3, 3}, x.view());
    Matrix<double> whole(3, 3);
    kernel.tile(0, 0, whole.view());
    for (Index i = 0; i < 3; ++i)
        for (Index j = 0; j < 3; ++j) CHECK(whole(i, j) == whole(j, i));
    CHECK(whole(0, 0) > 0);
}
