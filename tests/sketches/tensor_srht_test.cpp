#include "sketches/sketch_checks.hpp"

#include <sketchntk/sketches/fourier.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <bit>
#include <complex>
#include <numbers>
#include <utility>

using namespace sketchntk;
using namespace sketchntk::sketches;
using sketchntk::sketches::testing::check_mean;
using sketchntk::sketches::testing::check_variance;
using sketchntk::sketches::testing::dot;
using sketchntk::sketches::testing::moments;
using sketchntk::sketches::testing::Vector;

namespace {

const std::vector<TensorSrhtOptions> all_options = {
    {TensorTransform::fourier, TensorSampling::independent},
    {TensorTransform::hadamard, TensorSampling::independent},
    {TensorTransform::fourier, TensorSampling::balanced},
    {TensorTransform::hadamard, TensorSampling::balanced}};

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

/// H(D v)[entry] by the definition.
double signed_entry(const Vector& v, Seed seed, Index number, Index entry) {
    Vector signs(v.size());
    RandomStream(seed, 0).fill_signs(number, 0, signs);
    double sum = 0;
    for (std::size_t p = 0; p < v.size(); ++p) {
        const int common = std::popcount(p & static_cast<std::size_t>(entry));
        sum += static_cast<double>(signs[p] * v[p]) * (common % 2 == 0 ? 1 : -1);
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

/// The formula of the header for the Fourier form with independent sampling and even m.
double fourier_variance(const Vector& x, const Vector& y, const Vector& other_x,
                        const Vector& other_y, double outputs) {
    const FourthMoments first = fourth_moments(x, other_x);
    const FourthMoments second = fourth_moments(y, other_y);
    const double mean = dot(x, other_x) * dot(y, other_y);
    return 2 / outputs * ((first.p * second.p + first.q * second.q) / 2 - mean * mean);
}

/// The F of the header.
double hadamard_moment(const Vector& x, const Vector& y) {
    double equal = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double product = static_cast<double>(x[k]) * static_cast<double>(y[k]);
        equal += product * product;
    }
    return dot(x, x) * dot(y, y) + 2 * std::pow(dot(x, y), 2) - 2 * equal;
}

/// The formula of the header for the Hadamard form with independent sampling.
double hadamard_variance(const Vector& x, const Vector& y, const Vector& other_x,
                         const Vector& other_y, double outputs) {
    const double mean = dot(x, other_x) * dot(y, other_y);
    return (hadamard_moment(x, other_x) * hadamard_moment(y, other_y) - mean * mean) / outputs;
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

TEST_CASE("the Hadamard form of TensorSRHT agrees with its definition") {
    for (const Index outputs : {1, 7, 64}) {
        const Seed seed{static_cast<std::uint64_t>(outputs)};
        const TensorSrht distribution(11, 30, outputs, {.transform = TensorTransform::hadamard},
                                      seed);
        const Vector x = normal_vector(11, 0), y = normal_vector(30, 1);
        const Vector out = sketch(distribution, x, y);
        const RandomStream entries(seed, 1);
        for (Index k = 0; k < outputs; ++k) {
            const double z = signed_entry(x, seed, 0, entries.uniform_index(0, k, 16)) *
                             signed_entry(y, seed, 1, entries.uniform_index(1, k, 32)) /
                             std::sqrt(static_cast<double>(outputs));
            CHECK(out[static_cast<std::size_t>(k)] == Approx(z).margin(1e-4));
        }
    }
}

TEST_CASE("TensorSRHT is unbiased, with the stated variance") {
    constexpr int seeds = 5'000;
    for (const TensorSrhtOptions& options : all_options) {
        for (const Case& pair : cases()) {
            // One product, a few, and more than the entries of a permutation, even and odd.
            for (const Index outputs : {1, 7, 16, 45}) {
                INFO(pair.name << ", "
                               << to_text(TensorSrht(9, 14, outputs, options, {}).description())
                               << ", " << outputs << " outputs");
                std::vector<double> estimates;
                for (std::uint64_t s = 0; s < seeds; ++s) {
                    const TensorSrht distribution(9, 14, outputs, options, Seed{1000 + s});
                    estimates.push_back(dot(sketch(distribution, pair.x, pair.y),
                                            sketch(distribution, pair.other_x, pair.other_y)));
                }
                const auto found = moments(estimates);
                check_mean(found, dot(pair.x, pair.other_x) * dot(pair.y, pair.other_y), 1e-5);
                const double expected = TensorSrht(9, 14, outputs, options, Seed{})
                                            .variance(pair.x, pair.y, pair.other_x, pair.other_y);
                check_variance(found, expected, 1e-6 * expected);
            }
        }
    }
}

TEST_CASE("the variance of a TensorSRHT is that of the formulas of its header") {
    for (const Case& pair : cases()) {
        INFO(pair.name);
        const auto variance = [&](TensorTransform transform, Index outputs) {
            return TensorSrht(9, 14, outputs, {.transform = transform}, Seed{})
                .variance(pair.x, pair.y, pair.other_x, pair.other_y);
        };
        CHECK(variance(TensorTransform::fourier, 64) ==
              Approx(fourier_variance(pair.x, pair.y, pair.other_x, pair.other_y, 64)));
        CHECK(variance(TensorTransform::hadamard, 63) ==
              Approx(hadamard_variance(pair.x, pair.y, pair.other_x, pair.other_y, 63)));
    }
    const TensorSrht distribution(9, 14, 8, Seed{});
    const Vector x(9), y(14);
    CHECK_THROWS_AS(distribution.variance(x, x, x, y), DimensionMismatch);
    CHECK_THROWS_AS(distribution.variance(x, y, y, y), DimensionMismatch);
}

TEST_CASE("the Fourier form of TensorSRHT has the lower variance for near vectors") {
    constexpr Index dimension = 400;
    Vector x = normal_vector(dimension, 0), other = normal_vector(dimension, 1);
    const auto normalise = [](Vector& v) {
        const auto length = static_cast<float>(std::sqrt(dot(v, v)));
        for (float& entry : v) entry /= length;
    };
    const auto variances = [&](TensorSampling sampling) {
        const TensorSrht fourier(dimension, dimension, dimension,
                                 {TensorTransform::fourier, sampling}, {});
        const TensorSrht hadamard(dimension, dimension, dimension,
                                  {TensorTransform::hadamard, sampling}, {});
        return std::pair(fourier.variance(x, x, other, other),
                         hadamard.variance(x, x, other, other));
    };
    normalise(x);

    SECTION("without negative entries") {
        for (float& entry : x) entry = std::abs(entry);
        for (float& entry : other) entry = std::abs(entry);
        normalise(other);
        const double r = std::pow(dot(x, other), 2);
        double s = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
            s += std::pow(static_cast<double>(x[k]) * static_cast<double>(other[k]), 2);
        }
        const auto [fourier, hadamard] = variances(TensorSampling::independent);
        CHECK(fourier < hadamard);
        const double gain = (2 * (r - s) * (1 - r) + 2 * (r - s) * (r - s)) / dimension;
        CHECK(hadamard - fourier == Approx(gain).epsilon(0.1));
    }
    SECTION("orthogonal") {
        const auto projection = static_cast<float>(dot(x, other));
        for (std::size_t k = 0; k < x.size(); ++k) other[k] -= projection * x[k];
        normalise(other);
        const auto [fourier, hadamard] = variances(TensorSampling::independent);
        CHECK(fourier > hadamard);
        CHECK(fourier < 1.1 * hadamard);
    }
    SECTION("balanced sampling brings near vectors to a third") {
        other = x;
        const auto independent = variances(TensorSampling::independent);
        const auto balanced = variances(TensorSampling::balanced);
        CHECK(balanced.first / independent.first == Approx(1.0 / 3).epsilon(0.1));
        // 400 products are not quite a permutation of the 512 entries.
        CHECK(balanced.second / independent.second == Approx((2 - 400.0 / 512) / 2).epsilon(0.02));
    }
}

TEST_CASE("a row of a TensorSRHT does not depend on its tile or the number of threads") {
    constexpr Index rows = 103;
    const TensorSrhtOptions options = GENERATE(from_range(all_options));
    const TensorSrht::Plan plan(TensorSrht(70, 33, 51, options, Seed{4}));
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

TEST_CASE("a smaller balanced TensorSRHT has the first products of a larger one") {
    const Vector x = normal_vector(30, 0), y = normal_vector(20, 1);
    const TensorSrhtOptions options{.sampling = TensorSampling::balanced};
    const Vector large = sketch(TensorSrht(30, 20, 400, options, Seed{9}), x, y);
    const Vector small = sketch(TensorSrht(30, 20, 64, options, Seed{9}), x, y);
    for (std::size_t k = 0; k < 32; ++k) {
        CHECK(small[k] == Approx(large[k] * std::sqrt(400.0 / 64)));
        CHECK(small[32 + k] == Approx(large[200 + k] * std::sqrt(400.0 / 64)));
    }
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
    for (const TensorSrhtOptions& options : all_options) {
        sketchntk::sketches::testing::check_description(TensorSrht(10, 20, 30, options, Seed{1}));
    }
    const OperatorDescription published{.name = "tensor_srht",
                                        .inputs = 10,
                                        .outputs = 30,
                                        .options = {{"second", Index{20}}},
                                        .seed = Seed{1}};
    CHECK(TensorSrht::from_description(published) == distribution);
}

TEST_CASE("wrong shapes of a TensorSRHT are refused") {
    CHECK_THROWS_AS(TensorSrht(0, 2, 2, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(TensorSrht(2, -1, 2, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(TensorSrht(2, 2, 0, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(TensorSrht(Index{1} << 40, 2, 2, Seed{}), InvalidArgument);
    const TensorSrhtOptions hadamard{.transform = TensorTransform::hadamard};
    CHECK_THROWS_AS(TensorSrht(2, Index{1} << 25, 2, hadamard, Seed{}), InvalidArgument);

    const TensorSrht::Plan plan(TensorSrht(4, 5, 6, Seed{}));
    const Matrix<float> x(3, 4), y(3, 5), wrong(3, 3), fewer(2, 5);
    Matrix<float> out(3, 6), short_out(2, 6);
    const Execution execution{.threads = 1};
    CHECK_THROWS_AS(plan.apply(wrong, y, out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, wrong, out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, fewer, out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, y, short_out, 1.0F, execution), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(x, y, Matrix<float>(3, 7), 1.0F, execution), DimensionMismatch);

    Matrix<float> spoilt(3, 5);
    spoilt(2, 1) = std::numeric_limits<float>::infinity();
    try {
        plan.apply(x, spoilt, out, execution);
        FAIL("an infinite number was taken");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("y: row 3, column 2") != std::string::npos);
    }
}
