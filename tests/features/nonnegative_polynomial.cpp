// headers under test: features/nonnegative_least_squares.hpp, features/nonnegative_polynomial.hpp
#include "features/nonnegative_polynomial.hpp"

#include "catch2.hpp"
#include "features/nonnegative_least_squares.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>

#include <Eigen/Dense>

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

using namespace sketchntk;

namespace {

struct Problem {
    Eigen::MatrixXd a;
    Eigen::VectorXd b;
};

Problem random_problem(Index rows, Index columns, std::uint64_t seed) {
    Problem problem{Eigen::MatrixXd(rows, columns), Eigen::VectorXd(rows)};
    const RandomStream stream(Seed{seed}, 0);
    std::vector<float> normal(static_cast<std::size_t>(columns + 1));
    for (Index i = 0; i < rows; ++i) {
        stream.fill_normal(i, 0, normal);
        for (Index j = 0; j < columns; ++j)
            problem.a(i, j) = static_cast<double>(normal[static_cast<std::size_t>(j)]);
        problem.b[i] = static_cast<double>(normal.back());
    }
    return problem;
}

Eigen::VectorXd solved(const Problem& problem) {
    Matrix<double> a(problem.a.rows(), problem.a.cols());
    for (Index i = 0; i < a.rows(); ++i)
        for (Index j = 0; j < a.columns(); ++j) a(i, j) = problem.a(i, j);
    const std::vector<double> x = nonnegative_least_squares(
        a, {problem.b.data(), static_cast<std::size_t>(problem.b.size())});
    return Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Index>(x.size()));
}

// The least squares solutions over all subsets of the columns, where they are not negative.
double smallest_error(const Problem& problem) {
    double least = problem.b.norm();
    const Index columns = problem.a.cols();
    for (Index subset = 1; subset < (Index{1} << columns); ++subset) {
        std::vector<Index> chosen;
        for (Index j = 0; j < columns; ++j)
            if ((subset >> j) & 1) chosen.push_back(j);
        const Eigen::MatrixXd part = problem.a(Eigen::all, chosen);
        const Eigen::VectorXd x = part.colPivHouseholderQr().solve(problem.b);
        if (x.minCoeff() >= 0) least = std::min(least, (part * x - problem.b).norm());
    }
    return least;
}

double value_at_one(const std::vector<double>& coefficients) {
    return std::accumulate(coefficients.begin(), coefficients.end(), 0.0);
}

}  // namespace

TEST_CASE("non-negative least squares find the best of all subsets of columns") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const Problem problem = random_problem(9, 6, seed);
        const Eigen::VectorXd x = solved(problem);
        CHECK(x.minCoeff() >= 0);
        CHECK((problem.a * x - problem.b).norm() == Approx(smallest_error(problem)).epsilon(1e-12));
    }
}

TEST_CASE("non-negative least squares satisfy the conditions of Karush, Kuhn and Tucker") {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const Problem problem = random_problem(120, 40, seed);
        const Eigen::VectorXd x = solved(problem);
        const Eigen::VectorXd descent = problem.a.transpose() * (problem.b - problem.a * x);
        CHECK(x.minCoeff() >= 0);
        CHECK(descent.maxCoeff() < 1e-10);
        CHECK(std::abs(descent.dot(x)) < 1e-10);
    }
}

TEST_CASE("non-negative least squares refuse sides of different lengths") {
    const std::vector<double> b(3, 1.0);
    REQUIRE_THROWS_AS(nonnegative_least_squares(Matrix<double>(2, 2), b), DimensionMismatch);
}

TEST_CASE("the kernel's polynomials are as near as the published ones") {
    // The largest error over the kernel at u = 1, which is the error there.
    struct Expected {
        Index depth;
        Index degree;
        double error;
    };
    const std::vector<Expected> table{{1, 2, 0.054}, {1, 4, 0.031}, {1, 8, 0.020}, {1, 16, 0.014},
                                      {2, 2, 0.139}, {2, 4, 0.068}, {2, 8, 0.042}, {2, 16, 0.028},
                                      {3, 2, 0.200}, {3, 4, 0.102}, {3, 8, 0.063}, {3, 16, 0.041}};
    std::vector<double> cosines;
    for (int i = -1000; i <= 1000; ++i) cosines.push_back(i / 1000.0);
    for (const Expected& expected : table) {
        const Network network = fully_connected_network(expected.depth);
        const std::vector<double> exact = kernel_curve(network, KernelKind::ntk, 1, cosines);
        const std::vector<double> coefficients =
            kernel_polynomial(network, KernelKind::ntk, 1, expected.degree);
        double largest = 0;
        for (std::size_t k = 0; k < cosines.size(); ++k)
            largest = std::max(largest,
                               std::abs(evaluate_polynomial(coefficients, cosines[k]) - exact[k]));
        CAPTURE(expected.depth, expected.degree, largest / exact.back());
        CHECK(largest / exact.back() < expected.error + 0.0015);
        CHECK(value_at_one(coefficients) <= exact.back() * (1 + 1e-12));
        for (const double b : coefficients) CHECK(b >= 0);
    }
}

TEST_CASE("a polynomial comes back from its own curve, and is held below the curve at one") {
    const std::vector<double> cubic{0.5, 0, 0.25, 0.125};
    const auto curve = [&](std::span<const double> cosines) {
        std::vector<double> values;
        for (const double u : cosines) values.push_back(evaluate_polynomial(cubic, u));
        return values;
    };
    const std::vector<double> again = nonnegative_polynomial(curve, 3);
    for (std::size_t j = 0; j < cubic.size(); ++j)
        CHECK(again[j] == Approx(cubic[j]).margin(1e-12));

    const auto dropping = [&](std::span<const double> cosines) {
        std::vector<double> values = curve(cosines);
        for (std::size_t k = 0; k < values.size(); ++k)
            if (cosines[k] == 1) values[k] = 0.6;
        return values;
    };
    const double held = value_at_one(nonnegative_polynomial(dropping, 3));
    CHECK(held <= 0.6);
    CHECK(held == Approx(0.6).epsilon(1e-9));
}

TEST_CASE("Taylor's polynomials approach the arc-cosine kernels") {
    const std::vector<double> cosines{-0.7, -0.2, 0, 0.3, 0.6};
    const std::vector<double> kappa1 = arc_cosine_1(cosines);
    const std::vector<double> kappa0 = arc_cosine_0(cosines);
    for (std::size_t k = 0; k < cosines.size(); ++k) {
        CHECK(evaluate_polynomial(arc_cosine_1_taylor(60), cosines[k]) ==
              Approx(kappa1[k]).margin(1e-9));
        CHECK(evaluate_polynomial(arc_cosine_0_taylor(59), cosines[k]) ==
              Approx(kappa0[k]).margin(1e-9));
    }
    CHECK(arc_cosine_1_taylor(1) == std::vector<double>{std::numbers::inv_pi, 0.5});
}
