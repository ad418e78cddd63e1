// header under test: sketchntk/kernels/gram.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/network_kernel.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>

using namespace sketchntk;

namespace {

// Entry (i, j) is 1000 i + j, or, symmetric, 1000 max(i, j) + min(i, j).
class Numbered final : public KernelTiles<float> {
  public:
    Numbered(Index rows, Index columns, bool is_symmetric)
        : rows_(rows), columns_(columns), symmetric_(is_symmetric) {}
    Index rows() const override { return rows_; }
    Index columns() const override { return columns_; }
    bool symmetric() const override { return symmetric_; }
    float entry(Index i, Index j) const {
        if (symmetric_ && i < j) std::swap(i, j);
        return static_cast<float>(1000 * i + j);
    }
    void tile(Index first_row, Index first_column, MatrixView<float> out) const override {
        for (Index a = 0; a < out.rows(); ++a)
            for (Index b = 0; b < out.columns(); ++b)
                out(a, b) = entry(first_row + a, first_column + b);
    }

  private:
    Index rows_;
    Index columns_;
    bool symmetric_;
};

}  // namespace

TEST_CASE("a Gram matrix has each entry in its place") {
    for (const bool symmetric : {false, true}) {
        for (const Index rows : {1, 255, 256, 257, 600}) {
            const Index columns = symmetric ? rows : 300;
            const Numbered kernel(rows, columns, symmetric);
            const Matrix<float> k = gram<float>(kernel, {.threads = 2});
            for (Index i = 0; i < rows; ++i)
                for (Index j = 0; j < columns; ++j) REQUIRE(k(i, j) == kernel.entry(i, j));
        }
    }
}

TEST_CASE("rows outside a kernel matrix are refused") {
    const Numbered kernel(10, 10, true);
    Matrix<float> out(5, 10);
    REQUIRE_THROWS_AS(kernel_rows<float>(kernel, 6, out.view()), DimensionMismatch);
    Matrix<float> narrow(5, 9);
    REQUIRE_THROWS_AS(kernel_rows<float>(kernel, 0, narrow.view()), DimensionMismatch);
}

TEST_CASE("the Gram matrix of any network comes from the kernel that serves it") {
    const ImageShape image{4, 4};
    Matrix<float> x(3, 32);
    for (Index i = 0; i < x.rows(); ++i) RandomStream(Seed{5}, 0).fill_normal(i, 0, x.row(i));
    Matrix<double> wide(x.rows(), x.columns());
    std::copy_n(x.data(), x.rows() * x.columns(), wide.data());
    for (const char* text :
         {"conv(3) relu gap dense", "conv(3, padding=circular) relu gap dense"}) {
        const Network network = parse_network(text);
        const Matrix<double> expected =
            gram_by_pairs(TensorKernel(network, KernelKind::ntk, image, wide.view()));
        const Matrix<double> actual = network_gram(network, KernelKind::ntk, image, x);
        for (Index i = 0; i < 3; ++i)
            for (Index j = 0; j < 3; ++j)
                CHECK(actual(i, j) == Approx(expected(i, j)).epsilon(1e-5));
    }
    const Network rows = fully_connected_network(2);
    CHECK(network_gram(rows, KernelKind::nngp, image, x) ==
          fully_connected_gram(rows, KernelKind::nngp, x));
}
