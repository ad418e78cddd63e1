#include "catch2.hpp"
#include "method_ranks.hpp"
#include "uci_kernels.hpp"

#include <sketchntk/kernels/fully_connected.hpp>

#include <cmath>
#include <numbers>

using sketchntk::Index;
using sketchntk::Matrix;
using sketchntk::tools::MethodSummary;
using sketchntk::tools::ranks;
using sketchntk::tools::summarise_methods;
using sketchntk::tools::uci_gaussian_kernels;
using sketchntk::tools::uci_network_kernels;

namespace {

/// Rows in three dimensions, one of them zero and two of them parallel.
Matrix<double> uci_rows() {
    Matrix<double> rows(6, 3);
    for (Index i = 0; i < 6; ++i)
        for (Index j = 0; j < 3; ++j)
            rows(i, j) = i == 5 ? 2 * rows(0, j) : std::sin(static_cast<double>(7 * i + 3 * j * j));
    for (Index j = 0; j < 3; ++j) rows(4, j) = 0;
    return rows;
}

/// The recursion of the protocol as it is published, pair by pair: covariances S and their sum H,
/// which takes S in from layer `fixed` on.
double published_kernel(const Matrix<double>& rows, Index i, Index j, Index depth, Index fixed) {
    const auto product = [&](Index a, Index b) {
        double sum = 0;
        for (Index k = 0; k < rows.columns(); ++k) sum += rows(a, k) * rows(b, k);
        return sum;
    };
    double covariance = product(i, j);
    double variance_i = product(i, i);
    double variance_j = product(j, j);
    double kernel = fixed == 0 ? covariance : 0;
    for (Index l = 1; l <= depth; ++l) {
        const double scale = std::sqrt(variance_i * variance_j);
        const double cosine = scale > 0 ? std::min(1.0, std::max(-1.0, covariance / scale)) : 0.0;
        const double angle = std::numbers::pi - std::acos(cosine);
        covariance =
            scale * (cosine * angle + std::sqrt(1 - cosine * cosine)) / 2 / std::numbers::pi;
        kernel = kernel * angle / 2 / std::numbers::pi + (l >= fixed ? covariance : 0);
        // A covariance of a row with itself: the cosine is 1, and half of the mass is left.
        variance_i /= 2;
        variance_j /= 2;
    }
    return kernel;
}

}  // namespace

TEST_CASE("the networks of the UCI protocol have the published kernels") {
    const Matrix<double> rows = uci_rows();
    const auto kernels = uci_network_kernels(rows, 4);
    REQUIRE(kernels->count() == 15);
    Index number = 0;
    for (Index depth = 0; depth <= 4; ++depth)
        for (Index fixed = 0; fixed <= depth; ++fixed, ++number) {
            INFO(kernels->description(number));
            CHECK(kernels->name(number) ==
                  "depth " + std::to_string(depth) + ", fix " + std::to_string(fixed));
            const Matrix<double> gram = kernels->gram(number, {});
            for (Index i = 0; i < 6; ++i)
                for (Index j = 0; j < 6; ++j)
                    // acos at cosines near 1 loses half of the digits.
                    CHECK(gram(i, j) ==
                          Approx(published_kernel(rows, i, j, depth, fixed)).margin(1e-7));
        }
    CHECK(sketchntk::parse_network(kernels->description(4)) ==
          sketchntk::tools::uci_network(3, 2, 1));
}

TEST_CASE("Gaussian kernels of the UCI protocol") {
    const Matrix<double> rows = uci_rows();
    const auto kernels = uci_gaussian_kernels(rows, {0.25, 2}, {});
    REQUIRE(kernels->count() == 2);
    CHECK(kernels->name(0) == "gamma 0.25");
    for (Index number = 0; number < 2; ++number) {
        const Matrix<double> gram = kernels->gram(number, {});
        for (Index i = 0; i < 6; ++i)
            for (Index j = 0; j < 6; ++j) {
                double square = 0;
                for (Index k = 0; k < 3; ++k) square += std::pow(rows(i, k) - rows(j, k), 2);
                CHECK(gram(i, j) == Approx(std::exp(-(number == 0 ? 0.25 : 2.0) * square)));
            }
    }
}

TEST_CASE("ranks: the largest is first, equal values share the mean of their ranks") {
    CHECK(ranks(std::vector<double>{0.5, 0.9, 0.7}) == std::vector<double>{3, 1, 2});
    CHECK(ranks(std::vector<double>{0.5, 0.9, 0.5, 0.9}) ==
          std::vector<double>{3.5, 1.5, 3.5, 1.5});
    CHECK(ranks(std::vector<double>{1, 1, 1}) == std::vector<double>{2, 2, 2});
}

TEST_CASE("summaries of methods over sets, by hand") {
    Matrix<double> accuracies(4, 2);
    const double values[4][2] = {{0.8, 0.8}, {0.5, 1.0}, {1.0, 0.92}, {0.7, 0.64}};
    for (Index i = 0; i < 4; ++i)
        for (Index m = 0; m < 2; ++m) accuracies(i, m) = values[i][m];
    const std::vector<MethodSummary> summaries = summarise_methods(accuracies);
    REQUIRE(summaries.size() == 2);
    CHECK(summaries[0].mean == Approx(0.75));
    CHECK(summaries[1].mean == Approx(0.84));
    // Deviations 0.05, -0.25, 0.25, -0.05 and -0.04, 0.16, 0.08, -0.2.
    CHECK(summaries[0].deviation == Approx(std::sqrt(0.13 / 4)));
    CHECK(summaries[1].deviation == Approx(std::sqrt(0.0736 / 4)));
    CHECK(summaries[0].friedman_rank == Approx((1.5 + 2 + 1 + 1) / 4));
    CHECK(summaries[1].friedman_rank == Approx((1.5 + 1 + 2 + 2) / 4));
    // Relative to the best: 1, 0.5, 1, 1 and 1, 1, 0.92, 0.64 / 0.7 = 0.914...
    CHECK(summaries[0].p90 == Approx(0.75));
    CHECK(summaries[0].p95 == Approx(0.75));
    CHECK(summaries[0].pma == Approx(3.5 / 4));
    CHECK(summaries[1].p90 == Approx(1));
    CHECK(summaries[1].p95 == Approx(0.5));
    CHECK(summaries[1].pma == Approx((2.92 + 0.64 / 0.7) / 4));
}

TEST_CASE("a set on which no method is ever right") {
    const Matrix<double> nothing(1, 3);
    for (const MethodSummary& summary : summarise_methods(nothing)) {
        CHECK(summary.mean == 0);
        CHECK(summary.friedman_rank == 2);
        CHECK(summary.pma == 1);
    }
}
