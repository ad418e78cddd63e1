#include "catch2.hpp"
#include "sketches/fourier_plan.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/sketches/fourier.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <thread>
#include <vector>

using namespace sketchntk;
using namespace sketchntk::sketches;

namespace {

using Spectrum = AlignedVector<std::complex<float>>;

AlignedVector<float> random_row(Index length) {
    AlignedVector<float> row(static_cast<std::size_t>(length));
    RandomStream(Seed{1}, 0).fill_normal(length, 0, row);
    return row;
}

Spectrum spectrum_of(const RealFourierTransform& transform, std::span<const float> in) {
    Spectrum out(static_cast<std::size_t>(transform.frequencies()));
    transform.transform(in, out);
    return out;
}

/// The largest error of `got` against the definition in float64, relative to the root mean square
/// of the transform, sqrt(n) |in|.
double error_of(std::span<const float> in, const Spectrum& got) {
    const auto n = static_cast<Index>(in.size());
    std::vector<std::complex<double>> roots;
    for (Index k = 0; k < n; ++k) {
        roots.push_back(std::polar(
            1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n)));
    }
    double worst = 0;
    double squared = 0;
    for (const float x : in) squared += static_cast<double>(x) * static_cast<double>(x);
    for (Index k = 0; k <= n / 2; ++k) {
        std::complex<double> sum = 0;
        for (Index j = 0; j < n; ++j) {
            sum += static_cast<double>(in[static_cast<std::size_t>(j)]) *
                   roots[static_cast<std::size_t>(j * k % n)];
        }
        const std::complex<double> value = got[static_cast<std::size_t>(k)];
        worst = std::max(worst, std::abs(value - sum));
    }
    return worst / std::sqrt(squared);
}

const std::vector<Index> lengths = {1,   2,    3,    4,    5,    6,    7,    8,   9,   10,  11,
                                    12,  13,   14,   15,   16,   21,   25,   26,  32,  49,  60,
                                    64,  98,   100,  121,  128,  210,  250,  256, 343, 360, 512,
                                    625, 1000, 1024, 1026, 2000, 2048, 2187, 3000};

}  // namespace

TEST_CASE("the Fourier transform agrees with its definition at every kind of length") {
    for (const Index length : lengths) {
        INFO("length " << length);
        const auto in = random_row(length);
        // Rounding errors of a fast transform grow with log n; those of a prime factor with itself.
        const double tolerance = 1e-6 * (1 + std::log2(static_cast<double>(length)));
        CHECK(error_of(in, spectrum_of(RealFourierTransform(length), in)) < tolerance);
    }
}

TEST_CASE("the library's own Fourier transform agrees with the definition") {
    for (const Index length : lengths) {
        INFO("length " << length);
        const auto in = random_row(length);
        const auto before = in;
        Spectrum out(static_cast<std::size_t>(length / 2 + 1));
        make_mixed_radix_plan(length)->execute(in.data(), out.data());
        CHECK(in == before);
        CHECK(error_of(in, out) < 1e-6 * (1 + std::log2(static_cast<double>(length))));
    }
}

TEST_CASE("a constant row has one frequency, and an impulse has all") {
    for (const Index length : {8, 15, 30, 4096}) {
        const auto size = static_cast<std::size_t>(length);
        for (const bool own : {false, true}) {
            Spectrum out(size / 2 + 1);
            const auto run = [&](const AlignedVector<float>& in) {
                if (own) return make_mixed_radix_plan(length)->execute(in.data(), out.data());
                RealFourierTransform(length).transform(in, out);
            };
            run(AlignedVector<float>(size, 1.0F));
            for (std::size_t k = 0; k < out.size(); ++k) {
                CHECK(std::abs(out[k] - (k == 0 ? static_cast<float>(length) : 0.0F)) < 1e-3);
            }
            AlignedVector<float> impulse(size);
            impulse[0] = 1.0F;
            run(impulse);
            for (const auto& value : out) CHECK(std::abs(value - 1.0F) < 1e-6);
        }
    }
}

TEST_CASE("the bits of a Fourier transform do not depend on where the data lies") {
    for (const Index length : {30, 1024, 3000}) {
        const RealFourierTransform transform(length);
        const auto in = random_row(length);
        const Spectrum expected = spectrum_of(transform, in);
        const auto size = static_cast<std::size_t>(length);
        for (std::size_t shift = 1; shift < 4; ++shift) {
            AlignedVector<float> shifted_in(size + shift);
            Spectrum shifted_out(expected.size() + shift);
            std::copy(in.begin(), in.end(), shifted_in.begin() + static_cast<Index>(shift));
            transform.transform(std::span(shifted_in).subspan(shift),
                                std::span(shifted_out).subspan(shift));
            CHECK(std::equal(expected.begin(), expected.end(),
                             shifted_out.begin() + static_cast<Index>(shift)));
        }
    }
}

TEST_CASE("transform_rows transforms each row as if it were alone") {
    const RealFourierTransform transform(50);
    Matrix<float> in(5, 50);
    for (Index i = 0; i < 5; ++i) RandomStream(Seed{2}, 0).fill_normal(i, 0, in.row(i));
    Matrix<std::complex<float>> out(5, 26);
    transform.transform_rows(in, out);
    for (Index i = 0; i < 5; ++i) {
        const Spectrum expected = spectrum_of(transform, in.row(i));
        CHECK(std::equal(expected.begin(), expected.end(), out.row(i).begin()));
    }
    Matrix<std::complex<float>> short_out(4, 26);
    CHECK_THROWS_AS(transform.transform_rows(in, short_out), DimensionMismatch);
}

TEST_CASE("threads may make and execute transforms at the same time") {
    std::vector<Spectrum> results(8);
    std::vector<std::thread> threads;
    const auto in = random_row(1848);
    for (Spectrum& result : results) {
        threads.emplace_back([&] {
            for (int repeat = 0; repeat < 20; ++repeat) {
                result = spectrum_of(RealFourierTransform(1848), in);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Spectrum& result : results) CHECK(result == results.front());
}

TEST_CASE("good_length is the smallest even length without a prime factor above 7") {
    const auto is_good = [](Index length) {
        for (const Index prime : {2, 3, 5, 7}) {
            while (length % prime == 0) length /= prime;
        }
        return length == 1;
    };
    Index expected = 2;
    for (Index at_least = 0; at_least <= 5000; ++at_least) {
        while (expected < at_least || !is_good(expected)) expected += 2;
        REQUIRE(RealFourierTransform::good_length(at_least) == expected);
    }
    CHECK(RealFourierTransform::good_length(3192) == 3200);
    CHECK(RealFourierTransform::good_length(4096) == 4096);
    CHECK_THROWS_AS(RealFourierTransform::good_length(-1), InvalidArgument);
    CHECK_THROWS_AS(RealFourierTransform::good_length(std::numeric_limits<Index>::max()),
                    InvalidArgument);
}

TEST_CASE("wrong lengths of a Fourier transform are refused") {
    CHECK_THROWS_AS(RealFourierTransform(0), InvalidArgument);
    CHECK_THROWS_AS(RealFourierTransform(-4), InvalidArgument);
    CHECK_THROWS_AS(RealFourierTransform((Index{1} << 30) + 1), InvalidArgument);
    std::vector<float> in(8);
    std::vector<std::complex<float>> out(5);
    CHECK_THROWS_AS(RealFourierTransform(10).transform(in, out), DimensionMismatch);
    CHECK_THROWS_AS(RealFourierTransform(8).transform(in, std::span(out).first(4)),
                    DimensionMismatch);
}
