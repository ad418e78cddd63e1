// header under test: sketchntk/kernels/gegenbauer_series.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/gegenbauer_series.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>

#include <array>
#include <cmath>

using namespace sketchntk;

namespace {

GegenbauerSeries series_of_network(const Network& network, Index dimension, Index degree,
                                   KernelKind kind = KernelKind::ntk) {
    return gegenbauer_series(dimension, degree, [&](std::span<const double> cosines) {
        return kernel_curve(network, kind, 1, cosines);
    });
}

// sum_l c_l P_l(u)
double sum_at(const GegenbauerSeries& series, double u) {
    const auto recurrence = gegenbauer_recurrence(series.dimension, series.degree());
    const auto counts = harmonic_counts(series.dimension, series.degree());
    std::vector<double> values(recurrence.size());
    orthonormal_gegenbauer(recurrence, u, values);
    double sum = 0;
    for (std::size_t l = 0; l < values.size(); ++l)
        sum += series.coefficients[l] * values[l] / std::sqrt(counts[l]);
    return sum;
}

}  // namespace

TEST_CASE("harmonics are counted as the binomial coefficients have it") {
    CHECK(harmonic_counts(1, 3) == std::vector<double>{1, 1, 0, 0});
    CHECK(harmonic_counts(2, 4) == std::vector<double>{1, 2, 2, 2, 2});
    CHECK(harmonic_counts(3, 4) == std::vector<double>{1, 3, 5, 7, 9});
    CHECK(harmonic_counts(4, 3) == std::vector<double>{1, 4, 9, 16});
    CHECK(harmonic_counts(90, 3) == std::vector<double>{1, 90, 4094, 125'490});
    CHECK(highest_resolved_degree(1, 20) == 1);
    CHECK(highest_resolved_degree(3, 64) == 64);
    CHECK(highest_resolved_degree(784, 64) == 6);
    CHECK(highest_resolved_degree(10'000, 64) == 4);
}

TEST_CASE(
    "the recurrence gives Chebyshev's and Legendre's polynomials and those of the second kind") {
    std::array<double, 6> values{};
    for (const double t : {-1.0, -0.3, 0.0, 0.4, 0.999, 1.0}) {
        const double angle = std::acos(t);
        orthonormal_gegenbauer(gegenbauer_recurrence(2, 5), t, values);
        for (std::size_t l = 1; l < 6; ++l)
            CHECK(values[l] ==
                  Approx(std::sqrt(2) * std::cos(static_cast<double>(l) * angle)).margin(1e-13));
        orthonormal_gegenbauer(gegenbauer_recurrence(3, 5), t, values);
        for (unsigned l = 0; l < 6; ++l)
            CHECK(values[l] == Approx(std::sqrt(2 * l + 1) * std::legendre(l, t)).margin(1e-12));
        if (std::abs(t) == 1) continue;
        orthonormal_gegenbauer(gegenbauer_recurrence(4, 5), t, values);
        for (std::size_t l = 0; l < 6; ++l)
            CHECK(values[l] ==
                  Approx(std::sin(static_cast<double>(l + 1) * angle) / std::sin(angle))
                      .margin(1e-12));
    }
}

TEST_CASE("a polynomial has the series that it was made of") {
    for (const Index dimension : {2, 3, 4, 9, 100, 784, 10'000}) {
        const Index degree = highest_resolved_degree(dimension, 9);
        GegenbauerSeries made{dimension, {}, 0};
        for (Index l = 0; l <= degree; ++l)
            made.coefficients.push_back(l == 3 ? 0 : 1.0 / static_cast<double>(l + 1));
        const auto found =
            gegenbauer_series(dimension, degree, [&](std::span<const double> cosines) {
                std::vector<double> values;
                for (const double u : cosines) values.push_back(sum_at(made, u));
                return values;
            });
        const auto counts = harmonic_counts(dimension, degree);
        for (std::size_t l = 0; l < counts.size(); ++l) {
            CAPTURE(dimension, l);
            CHECK(found.coefficients[l] ==
                  Approx(made.coefficients[l]).margin(0x1p-46 * std::sqrt(counts[l])));
        }
        CHECK(found.coefficients[3] == 0);
    }
}

TEST_CASE("shares of the degrees are those of METHODS.md, section 1.3") {
    const std::array<std::array<double, 7>, 3> shares{{{.162, .500, .238, 0, .033, 0, .014},
                                                       {.231, .321, .205, .061, .038, .016, .017},
                                                       {.267, .231, .168, .076, .048, .026, .021}}};
    for (std::size_t depth = 1; depth <= 3; ++depth) {
        const auto series =
            series_of_network(fully_connected_network(static_cast<Index>(depth)), 90, 6);
        for (std::size_t l = 0; l < 7; ++l) {
            CAPTURE(depth, l);
            CHECK(series.coefficients[l] / series.at_one ==
                  Approx(shares[depth - 1][l]).margin(6e-4));
        }
    }
    CHECK(series_of_network(fully_connected_network(1), 90, 6).missing_share(2) ==
          Approx(1 - .162 - .500 - .238).margin(2e-3));
}

TEST_CASE("the sum of many degrees comes back to the kernel") {
    for (const Index dimension : {1, 2, 3, 8}) {
        for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
            const Network network = fully_connected_network(2, {1.3, 0.4});
            const auto series =
                series_of_network(network, dimension, highest_resolved_degree(dimension, 60), kind);
            for (const double u : {-1.0, -0.5, 0.0, 0.3, 0.8, 1.0}) {
                if (dimension == 1 && std::abs(u) != 1) continue;
                const double kappa = kernel_curve(network, kind, 1, {&u, 1}).front();
                CAPTURE(dimension, u);
                // No term is larger than its coefficient, so the rest is no larger than the share.
                const double rest = series.missing_share(series.degree()) * series.at_one;
                CHECK(std::abs(sum_at(series, u) - kappa) <= rest + 1e-9);
                CHECK(rest < 0.05 * series.at_one);
            }
        }
    }
}

TEST_CASE("degrees that cannot be resolved are refused") {
    const auto one = [](std::span<const double> cosines) {
        return std::vector<double>(cosines.size(), 1.0);
    };
    REQUIRE_THROWS_AS(gegenbauer_series(10'000, 5, one), InvalidArgument);
    REQUIRE_THROWS_AS(gegenbauer_series(1, 2, one), InvalidArgument);
    REQUIRE_THROWS_AS(gegenbauer_series(0, 1, one), InvalidArgument);
    REQUIRE_THROWS_AS(gegenbauer_series(3, -1, one), InvalidArgument);
}
