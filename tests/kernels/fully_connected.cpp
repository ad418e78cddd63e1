// header under test: sketchntk/kernels/fully_connected.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <cmath>
#include <limits>
#include <numbers>

using namespace sketchntk;

namespace {

template <typename T>
Matrix<T> normal_rows(Index rows, Index columns, std::uint64_t seed) {
    const RandomStream stream(Seed{seed}, 0);
    Matrix<T> result(rows, columns);
    std::vector<float> row(static_cast<std::size_t>(columns));
    for (Index i = 0; i < rows; ++i) {
        stream.fill_normal(i, 0, row);
        std::copy(row.begin(), row.end(), result.row(i).begin());
    }
    return result;
}

template <typename T>
Matrix<T> symmetric_gram(const Network& network, const Matrix<T>& x,
                         KernelKind kind = KernelKind::ntk, const Execution& execution = {}) {
    return gram(FullyConnectedKernel<T>(network, kind, x.view()), execution);
}

const Network biased{{Dense{1.3, 0.2}, Activation{}, Dense{1.5, 0}, Activation{}, Dense{1.1, 0.4}}};

}  // namespace

TEST_CASE("the NTK of unit vectors takes the tabulated values") {
    // Theta / Sigma(x, x) for L hidden layers without bias, recursion evaluated in 30 digits.
    const double cosines[] = {-1, -0.5, 0, 0.5, 0.9, 1};
    const double expected[][6] = {
        {0, -0.0576688856, 0.3183098862, 0.9423311144, 1.6803287350, 2},
        {0.3183098862, 0.3438622463, 0.6857086363, 1.3514795611, 2.3688136627, 3},
        {0.6857086363, 0.7422493226, 1.0603881068, 1.7378446792, 2.9856931874, 4}};
    for (Index depth = 1; depth <= 3; ++depth) {
        for (std::size_t k = 0; k < 6; ++k) {
            Matrix<double> x(1, 2);
            Matrix<double> y(1, 2);
            x(0, 0) = 1;
            y(0, 0) = cosines[k];
            y(0, 1) = std::sqrt(1 - cosines[k] * cosines[k]);
            const FullyConnectedKernel<double> kernel(fully_connected_network(depth),
                                                      KernelKind::ntk, x.view(), y.view());
            CHECK(gram(kernel)(0, 0) == Approx(expected[depth - 1][k]).margin(1e-9));
        }
    }
}

TEST_CASE("a network without hidden layers has the linear kernel") {
    const Matrix<double> x = normal_rows<double>(5, 7, 1);
    const Matrix<double> k = symmetric_gram(Network{{Dense{1.5, 0.5}}}, x);
    for (Index i = 0; i < 5; ++i) {
        for (Index j = 0; j < 5; ++j) {
            double product = 0;
            for (Index c = 0; c < 7; ++c) product += x(i, c) * x(j, c);
            CHECK(k(i, j) == Approx(2.25 * product / 7 + 0.25).margin(1e-13));
        }
    }
}

TEMPLATE_TEST_CASE("K(X, X) is symmetric to the bit, with the exact diagonal", "", float, double) {
    for (const Network& network : {fully_connected_network(3), biased}) {
        Matrix<TestType> x = normal_rows<TestType>(300, 5, 2);
        std::copy(x.row(7).begin(), x.row(7).end(), x.row(290).begin());
        const FullyConnectedKernel<TestType> kernel(network, KernelKind::ntk, x.view());
        const Matrix<TestType> k = gram(kernel);
        Index asymmetric = 0;
        for (Index i = 0; i < k.rows(); ++i)
            for (Index j = 0; j < i; ++j) asymmetric += k(i, j) != k(j, i) ? 1 : 0;
        CHECK(asymmetric == 0);
        for (Index i = 0; i < k.rows(); ++i)
            REQUIRE(k(i, i) ==
                    static_cast<TestType>(kernel.diagonal()[static_cast<std::size_t>(i)]));
        CHECK(k(7, 290) == Approx(static_cast<double>(k(7, 7))).epsilon(1e-6));
    }
}

TEMPLATE_TEST_CASE("entries do not depend on the tile, nor on the threads", "", float, double) {
    const Matrix<TestType> x = normal_rows<TestType>(700, 9, 3);
    const FullyConnectedKernel<TestType> kernel(biased, KernelKind::ntk, x.view());
    const Matrix<TestType> whole = gram(kernel, {.threads = 1});
    for (const int threads : {2, 5}) CHECK(gram(kernel, {.threads = threads}) == whole);
    Matrix<TestType> part(130, 333);
    kernel.tile(201, 77, part.view());
    for (Index i = 0; i < part.rows(); ++i)
        for (Index j = 0; j < part.columns(); ++j) REQUIRE(part(i, j) == whole(201 + i, 77 + j));
    Matrix<TestType> rows(311, 700);
    kernel_rows(kernel, 300, rows.view());
    for (Index i = 0; i < rows.rows(); ++i)
        for (Index j = 0; j < rows.columns(); ++j) REQUIRE(rows(i, j) == whole(300 + i, j));
}

TEST_CASE("without biases the kernel is homogeneous over 24 decades") {
    const Network network = fully_connected_network(3);
    const Matrix<double> x = normal_rows<double>(20, 6, 4);
    const Matrix<double> k = symmetric_gram(network, x);
    for (const double factor : {1e-12, 1e12}) {
        Matrix<double> scaled = x;
        for (Index i = 0; i < x.rows(); ++i)
            for (double& value : scaled.row(i)) value *= factor;
        const Matrix<double> k_scaled =
            gram(FullyConnectedKernel<double>(network, KernelKind::ntk, x.view(), scaled.view()));
        for (Index i = 0; i < k.rows(); ++i)
            for (Index j = 0; j < k.columns(); ++j)
                REQUIRE(std::abs(k_scaled(i, j) / factor - k(i, j)) <=
                        1e-14 * std::sqrt(k(i, i) * k(j, j)));
    }
}

TEST_CASE("rows that nearly coincide or oppose are as good as others") {
    const Network network = fully_connected_network(1);
    for (const double angle : {1e-15, 1e-9, 1e-5, 1e-2}) {
        Matrix<double> x(1, 2);
        Matrix<double> y(2, 2);
        x(0, 0) = 1;
        y(0, 0) = std::cos(angle);
        y(0, 1) = std::sin(angle);
        y(1, 0) = -std::cos(angle);
        y(1, 1) = -std::sin(angle);
        const Matrix<double> k =
            gram(FullyConnectedKernel<double>(network, KernelKind::ntk, x.view(), y.view()));
        // rho kappa0 + kappa1 in terms of the angle; opposite: cos - 2 cos angle / pi cancels to
        // (sin - 2 angle cos) / pi.
        const double pi = std::numbers::pi;
        const double same = (2 * (pi - angle) * std::cos(angle) + std::sin(angle)) / pi;
        const double opposite = (std::sin(angle) - 2 * angle * std::cos(angle)) / pi;
        CHECK(std::abs(k(0, 0) - same) < 1e-15 * 4);
        CHECK(std::abs(k(0, 1) - opposite) < 1e-15);
    }
}

TEST_CASE("a zero row has the kernel of its biases") {
    Matrix<double> x = normal_rows<double>(3, 4, 5);
    for (double& value : x.row(1)) value = 0;
    const Matrix<double> without = symmetric_gram(fully_connected_network(2), x);
    for (Index j = 0; j < 3; ++j) CHECK(without(1, j) == 0);
    // With w = 1 and one bias b in the last layer only, Sigma(0, y) = b^2 and Theta the same.
    const Network network{{Dense{1, 0}, Activation{}, Dense{1, 0.5}}};
    const Matrix<double> with = symmetric_gram(network, x);
    for (Index j = 0; j < 3; ++j) CHECK(with(1, j) == Approx(0.25));
}

TEST_CASE("rectifiers of any slopes: rows that are parallel or opposite") {
    // Homogeneous networks: K(x, t y) = t K(x, y) for t > 0. The absolute value takes opposite rows
    // for equal ones, and nearly linear rectifiers leave them opposite.
    const double factor = 3.7;
    const Matrix<double> x = normal_rows<double>(1, 5, 7);
    Matrix<double> y(2, 5);
    for (Index j = 0; j < 5; ++j) {
        y(0, j) = factor * x(0, j);
        y(1, j) = -factor * x(0, j);
    }
    const auto row = [&](const std::string& text) {
        return gram(
            FullyConnectedKernel<double>(parse_network(text), KernelKind::ntk, x.view(), y.view()));
    };
    for (const char* text : {"3*(dense leaky_relu(0.2)) dense", "3*(dense abs) dense",
                             "dense abrelu(-0.5, 1.5) dense leaky_relu(0.3) dense"}) {
        const double itself = symmetric_gram(parse_network(text), x)(0, 0);
        CAPTURE(text);
        CHECK(row(text)(0, 0) == Approx(factor * itself).epsilon(1e-14));
    }
    const Matrix<double> absolute = row("3*(dense abs) dense");
    CHECK(absolute(0, 1) == Approx(absolute(0, 0)).epsilon(1e-14));
    const Matrix<double> linear = row("3*(dense leaky_relu(1)) dense");
    CHECK(linear(0, 1) == Approx(-linear(0, 0)).epsilon(1e-14));
}

TEST_CASE("rectifiers on correlations are those on covariances") {
    // An identity between two dense layers keeps the network from the recursion of rectifiers.
    const Matrix<double> x = normal_rows<double>(40, 4, 8);
    for (const char* slopes : {"leaky_relu(0.2)", "abs", "abrelu(-0.5, 1.5)", "abrelu(0.9, 1)"}) {
        const std::string activation(slopes), begin = "dense(w_std=1.2, b_std=0.3) " + activation +
                                                      " dense(w_std=1.4, b_std=0.1) " + activation +
                                                      " dense ";
        const Matrix<double> k = symmetric_gram(parse_network(begin), x);
        const Matrix<double> reference =
            symmetric_gram(parse_network(begin + "identity dense(w_std=1, trained=0)"), x);
        CAPTURE(slopes);
        for (Index i = 0; i < k.rows(); ++i)
            for (Index j = 0; j < i; ++j)
                REQUIRE(std::abs(k(i, j) - reference(i, j)) < 1e-13 * std::sqrt(k(i, i) * k(j, j)));
    }
}

TEST_CASE("smooth activations in float32: errors of float32, long rows among them") {
    Matrix<double> x = normal_rows<double>(60, 6, 9);
    for (Index i = 0; i < x.rows(); ++i)
        for (double& value : x.row(i)) value *= std::pow(10.0, static_cast<double>(i % 7) - 4);
    std::copy(x.row(6).begin(), x.row(6).end(), x.row(59).begin());
    Matrix<float> x32(x.rows(), x.columns());
    std::copy_n(x.data(), x.rows() * x.columns(), x32.data());
    for (const char* activation : {"erf", "gelu", "sin", "cos", "gaussian", "hermite(2)"}) {
        const Network network =
            parse_network("2*(dense(w_std=1.2, b_std=0.2) " + std::string(activation) + ") dense");
        const FullyConnectedKernel<float> kernel(network, KernelKind::ntk, x32.view());
        const Matrix<float> k32 = gram(kernel);
        const Matrix<double> k = symmetric_gram(network, x);
        CAPTURE(activation);
        double worst = 0;
        for (Index i = 0; i < k.rows(); ++i)
            for (Index j = 0; j < k.columns(); ++j)
                worst = std::max(worst, std::abs(static_cast<double>(k32(i, j)) - k(i, j)) /
                                            std::sqrt(k(i, i) * k(j, j)));
        CHECK(worst < 1e-4);
        Matrix<float> part(11, 13);
        kernel.tile(3, 29, part.view());
        for (Index i = 0; i < part.rows(); ++i)
            for (Index j = 0; j < part.columns(); ++j) REQUIRE(part(i, j) == k32(3 + i, 29 + j));
    }
}

TEST_CASE("kernels refuse what they cannot serve") {
    Matrix<double> x = normal_rows<double>(3, 4, 6);
    const Matrix<double> narrow = normal_rows<double>(3, 3, 6);
    const Network network = fully_connected_network(1);
    REQUIRE_THROWS_AS(
        FullyConnectedKernel<double>(network, KernelKind::ntk, x.view(), narrow.view()),
        DimensionMismatch);
    REQUIRE_THROWS_AS(
        FullyConnectedKernel<double>(Network{{Activation{}}}, KernelKind::ntk, x.view()),
        InvalidArgument);
    x(2, 1) = std::numeric_limits<double>::quiet_NaN();
    try {
        const FullyConnectedKernel<double> kernel(network, KernelKind::ntk, x.view());
        FAIL("a NaN was accepted");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("row 3, column 2") != std::string::npos);
    }
    REQUIRE_THROWS_AS(parse_kernel_kind("ck"), InvalidArgument);
}
