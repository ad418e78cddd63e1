// header under test: sketchntk/kernels/network_kernel.hpp
#include "catch2.hpp"

#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/network_kernel.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <cmath>

using namespace sketchntk;

namespace {

template <typename T>
Matrix<T> waves(Index rows, Index columns, double phase) {
    Matrix<T> x(rows, columns);
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j)
            x(i, j) = static_cast<T>(std::sin(phase + static_cast<double>(3 * i + 7 * j)));
    return x;
}

template <typename T>
std::optional<MatrixView<const T>> other(const Matrix<T>& y) {
    return y.view();
}

}  // namespace

TEST_CASE("the kernel of a network is that of the class that serves it") {
    const Network rows = parse_network("fc(depth=2)");
    const Matrix<double> x = waves<double>(7, 12, 0);
    const Matrix<double> y = waves<double>(4, 12, 1);
    CHECK(network_kernel<double>(rows, KernelKind::ntk, {}, x.view()) ==
          gram(FullyConnectedKernel<double>(rows, KernelKind::ntk, x.view())));
    CHECK(network_kernel<double>(rows, KernelKind::nngp, {}, x.view(), other(y)) ==
          gram(FullyConnectedKernel<double>(rows, KernelKind::nngp, x.view(), y.view())));

    const ImageShape image{4, 3};
    const Network images = parse_network("conv(3) relu gap dense");
    CHECK(network_kernel<double>(images, KernelKind::ntk, image, x.view(), other(y)) ==
          gram_by_pairs(
              DisplacementKernel<double>(images, KernelKind::ntk, image, x.view(), y.view())));

    const Network circular = parse_network("conv(3, padding=circular) relu gap dense");
    CHECK(network_kernel<double>(circular, KernelKind::ntk, image, x.view()) ==
          gram_by_pairs(TensorKernel(circular, KernelKind::ntk, image, x.view())));
    const Matrix<float> narrow_x = waves<float>(7, 12, 0);
    const Matrix<float> narrow = network_kernel<float>(
        circular, KernelKind::ntk, image, narrow_x.view(), other(waves<float>(4, 12, 1)));
    const Matrix<double> wide =
        network_kernel<double>(circular, KernelKind::ntk, image, x.view(), other(y));
    REQUIRE(narrow.columns() == 4);
    CHECK(static_cast<double>(narrow(6, 3)) == Approx(wide(6, 3)).epsilon(1e-5));
}

TEST_CASE("a matrix of numbers gives out its tiles") {
    const Matrix<float> entries = waves<float>(6, 5, 0);
    const KernelMatrix<float> kernel(entries, false);
    CHECK_FALSE(kernel.symmetric());
    CHECK(gram(kernel) == entries);
    Matrix<float> tile(2, 3);
    kernel.tile(4, 1, tile.view());
    CHECK(tile(1, 2) == entries(5, 3));
}
