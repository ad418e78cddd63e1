#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>
#include <vector>

using namespace sketchntk;
using namespace sketchntk::sketches;

namespace {

using Vector = std::vector<float>;

Vector normal_vector(Index dimension, Index row) {
    Vector out(static_cast<std::size_t>(dimension));
    RandomStream(Seed{77}, 0).fill_normal(row, 0, out);
    return out;
}

MatrixView<const float> as_row(const Vector& v) {
    return {v.data(), 1, static_cast<Index>(v.size())};
}

Vector sketch(const TensorSrht& distribution, const Vector& x, const Vector& y) {
    const TensorSrht::Plan plan(distribution);
    TensorSrht::Workspace workspace = plan.workspace();
    Vector out(static_cast<std::size_t>(distribution.output_dimension()));
    plan.apply(as_row(x), as_row(y), {out.data(), 1, distribution.output_dimension()}, 1.0F,
               workspace);
    return out;
}

double dot(const Vector& a, const Vector& b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    }
    return sum;
}

/// F(D v)[frequency] by the definition, in float64.
std::complex<double> signed_frequency(const Vector& v, Seed seed, Index number, Index frequency) {
    Vector signs(v.size());
    RandomStream(seed, 0).fill_signs(number, 0, signs);
    const auto n =
        static_cast<double>(RealFourierTransform::good_length(static_cast<Index>(v.size())));
    std::complex<double> sum = 0;
    for (std::size_t p = 0; p < v.size(); ++p) {
        sum += static_cast<double>(signs[p] * v[p]) *
               std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(frequency) *
                                   static_cast<double>(p) / n);
    }
    return sum;
}

/// P and Q of the variance formula of TensorSrht for one factor.
struct FourthMoments {
    double p;
    double q;
};
FourthMoments fourth_moments(Vector x, Vector y) {
    const auto n =
        static_cast<std::size_t>(RealFourierTransform::good_length(static_cast<Index>(x.size())));
    x.resize(n);
    y.resize(n);
    const double inner = dot(x, y);
    double equal = 0, opposite = 0, crossed = 0;
    for (std::size_t k = 0; k < n; ++k) {
        const std::size_t other = (k + n / 2) % n;
        const double product = static_cast<double>(x[k]) * static_cast<double>(y[k]);
        equal += product * product;
        opposite += product * static_cast<double>(x[other]) * static_cast<double>(y[other]);
        crossed += std::pow(static_cast<double>(x[k]) * static_cast<double>(y[other]), 2);
    }
    return {dot(x, x) * dot(y, y) + inner * inner - equal + opposite,
            2 * inner * inner - equal + crossed};
}

double expected_variance(const Vector& x, const Vector& y, const Vector& other_x,
                         const Vector& other_y, double outputs) {
    const FourthMoments first = fourth_moments(x, other_x);
    const FourthMoments second = fourth_moments(y, other_y);
    const double mean = dot(x, other_x) * dot(y, other_y);
    return 2 / outputs * ((first.p * second.p + first.q * second.q) / 2 - mean * mean);
}

struct Case {
    const char* name;
    Vector x, y, other_x, other_y;
};

std::vector<Case> cases() {
    const Vector x = normal_vector(9, 0), y = normal_vector(14, 1);
    const Vector other_x = normal_vector(9, 2), other_y = normal_vector(14, 3);
    Vector sparse(9), also_sparse(9), spiky(14, 0.1F), orthogonal = other_x;
    sparse[0] = 1.0F;
    sparse[5] = -2.0F;
    also_sparse[5] = 1.5F;
    spiky[13] = 5.0F;
    const auto projection = static_cast<float>(dot(x, other_x) / dot(x, x));
    for (std::size_t k = 0; k < x.size(); ++k) orthogonal[k] -= projection * x[k];
    return {{"different", x, y, other_x, other_y},  {"equal", x, y, x, y},
            {"orthogonal", x, y, orthogonal, y},    {"sparse", sparse, y, also_sparse, other_y},
            {"sparse equal", sparse, y, sparse, y}, {"spiky", x, spiky, other_x, spiky}};
}

}  // namespace

TEST_CASE("TensorSRHT agrees with its definition") {
    for (const Index outputs : {2, 7, 64, 101}) {
        const Seed seed{static_cast<std::uint64_t>(outputs)};
        const TensorSrht distribution(11, 30, outputs, seed);
        const Vector x = normal_vector(11, 0), y = normal_vector(30, 1);
        const Vector out = sketch(distribution, x, y);
        const RandomStream frequencies(seed, 1);
        const Index pairs = outputs / 2;
        const double factor = std::sqrt(2 / static_cast<double>(outputs));
        for (Index k = 0; k < (outputs + 1) / 2; ++k) {
            const std::complex<double> z =
                factor * signed_frequency(x, seed, 0, frequencies.uniform_index(0, k, 12)) *
                signed_frequency(y, seed, 1, frequencies.uniform_index(1, k, 30));
            if (k < pairs) {
                CHECK(out[static_cast<std::size_t>(k)] == Approx(z.real()).margin(1e-4));
                CHECK(out[static_cast<std::size_t>(k + pairs)] == Approx(z.imag()).margin(1e-4));
            } else {
                const bool imaginary = frequencies.uniform_index(2, 0, 2) == 1;
                CHECK(out.back() == Approx(imaginary ? z.imag() : z.real()).margin(1e-4));
            }
        }
    }
}

TEST_CASE("TensorSRHT is unbiased, with the variance of the closed formula") {
    constexpr int seeds = 20'000;
    for (const Case& pair : cases()) {
        for (const Index outputs : {1, 7, 16}) {
            INFO(pair.name << ", " << outputs << " outputs");
            std::vector<double> estimates;
            for (std::uint64_t s = 0; s < seeds; ++s) {
                const TensorSrht distribution(9, 14, outputs, Seed{1000 + s});
                estimates.push_back(dot(sketch(distribution, pair.x, pair.y),
                                        sketch(distribution, pair.other_x, pair.other_y)));
            }
            const double exact = dot(pair.x, pair.other_x) * dot(pair.y, pair.other_y);
            double mean = 0;
            for (const double e : estimates) mean += e / seeds;
            double variance = 0, fourth = 0;
            for (const double e : estimates) {
                variance += std::pow(e - mean, 2) / seeds;
                fourth += std::pow(e - mean, 4) / seeds;
            }
            CHECK(std::abs(mean - exact) < 5 * std::sqrt(variance / seeds) + 1e-5);
            if (outputs % 2 == 0) {
                const double expected = expected_variance(
                    pair.x, pair.y, pair.other_x, pair.other_y, static_cast<double>(outputs));
                const double error = std::sqrt((fourth - variance * variance) / seeds);
                CHECK(std::abs(variance - expected) < 5 * error + 1e-6 * expected);
            }
        }
    }
}

TEST_CASE("a row of a TensorSRHT does not depend on its tile or the number of threads") {
    constexpr Index rows = 103;
    const TensorSrht::Plan plan(TensorSrht(70, 33, 51, Seed{4}));
    Matrix<float> x(rows, 70), y(rows, 33);
    for (Index i = 0; i < rows; ++i) {
        RandomStream(Seed{5}, 0).fill_normal(i, 0, x.row(i));
        RandomStream(Seed{5}, 1).fill_normal(i, 0, y.row(i));
    }
    Matrix<float> expected(rows, 51);
    TensorSrht::Workspace workspace = plan.workspace();
    plan.apply(x.view(), y.view(), expected.view(), 0.5F, workspace);

    for (const int threads : {1, 2, 5}) {
        Matrix<float> out(rows, 51);
        plan.apply(x.view(), y.view(), out.view(), 0.5F, Execution{.threads = threads});
        CHECK(out == expected);
    }
    for (const Index tile : {1, 10, 64}) {
        Matrix<float> wide(rows, 60);
        const MatrixView<float> out = wide.view().middle_columns(3, 51);
        for (Index first = 0; first < rows; first += tile) {
            const Index count = std::min(tile, rows - first);
            plan.apply(std::as_const(x).view().middle_rows(first, count),
                       std::as_const(y).view().middle_rows(first, count),
                       out.middle_rows(first, count), 0.5F, workspace);
        }
        for (Index i = 0; i < rows; ++i) {
            CHECK(std::equal(out.row(i).begin(), out.row(i).end(), expected.row(i).begin()));
        }
    }
}

TEST_CASE("the scale multiplies a TensorSRHT") {
    const TensorSrht::Plan plan(TensorSrht(8, 8, 10, Seed{6}));
    const Vector x = normal_vector(8, 0), y = normal_vector(8, 1);
    TensorSrht::Workspace workspace = plan.workspace();
    Vector once(10), twice(10);
    plan.apply(as_row(x), as_row(y), {once.data(), 1, 10}, 1.0F, workspace);
    plan.apply(as_row(x), as_row(y), {twice.data(), 1, 10}, 2.0F, workspace);
    for (std::size_t k = 0; k < 10; ++k) CHECK(twice[k] == 2 * once[k]);
}

TEST_CASE("a TensorSRHT is a value: distribution and seed") {
    const TensorSrht distribution(10, 20, 30, Seed{1});
    CHECK(distribution == TensorSrht(10, 20, 30, Seed{1}));
    CHECK_FALSE(distribution == TensorSrht(10, 20, 30, Seed{2}));
    CHECK_FALSE(distribution == TensorSrht(10, 20, 31, Seed{1}));
    CHECK(distribution.input_dimension() == 200);
    CHECK(distribution.output_dimension() == 30);
    CHECK(distribution.bytes() == 4 * 30 + 16 * 15);
    CHECK(distribution.flops(7) == Approx(7 * distribution.flops(1)));
    CHECK(TensorSrht::Plan(distribution).distribution() == distribution);
}

TEST_CASE("wrong shapes of a TensorSRHT are refused") {
    CHECK_THROWS_AS(TensorSrht(0, 2, 2, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(TensorSrht(2, -1, 2, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(TensorSrht(2, 2, 0, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(TensorSrht(Index{1} << 40, 2, 2, Seed{}), InvalidArgument);

    const TensorSrht::Plan plan(TensorSrht(4, 5, 6, Seed{}));
    const Matrix<float> x(3, 4), y(3, 5), wrong(3, 3), fewer(2, 5);
    Matrix<float> out(3, 6), short_out(2, 6);
    const Execution execution{.threads = 1};
    CHECK_THROWS_AS(plan.apply(wrong, y, out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, wrong, out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, fewer, out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, y, short_out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, y, Matrix<float>(3, 7), 1.0F, execution), DimensionMismatch);
}
