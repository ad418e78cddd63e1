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
#include <numeric>
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

Spectrum random_spectrum(Index length) {
    Spectrum spectrum(static_cast<std::size_t>(length / 2 + 1));
    RandomStream(Seed{1}, 1)
        .fill_normal(length, 0, {reinterpret_cast<float*>(spectrum.data()), 2 * spectrum.size()});
    return spectrum;
}

Spectrum spectrum_of(const RealFourierTransform& transform, std::span<const float> in) {
    Spectrum out(static_cast<std::size_t>(transform.frequencies()));
    transform.transform(in, out);
    return out;
}

AlignedVector<float> row_of(const RealFourierTransform& transform, const Spectrum& in) {
    AlignedVector<float> out(static_cast<std::size_t>(transform.length()));
    transform.inverse(in, out);
    return out;
}

/// exp(-2 pi i k / n) for k < n.
std::vector<std::complex<double>> roots_of_unity(Index n) {
    std::vector<std::complex<double>> roots;
    for (Index k = 0; k < n; ++k) {
        roots.push_back(std::polar(
            1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n)));
    }
    return roots;
}

/// The largest error of `got` against the definition in float64, relative to the root mean square
/// of the transform, sqrt(n) |in|.
double error_of(std::span<const float> in, const Spectrum& got) {
    const auto n = static_cast<Index>(in.size());
    const auto roots = roots_of_unity(n);
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

/// The same for the inverse, relative to the length of the whole spectrum.
double inverse_error_of(const Spectrum& in, std::span<const float> got) {
    const auto n = static_cast<Index>(got.size());
    const auto roots = roots_of_unity(n);
    std::vector<std::complex<double>> whole(got.size());
    for (Index k = 0; k <= n / 2; ++k) {
        const std::complex<double> value = in[static_cast<std::size_t>(k)];
        const bool is_real = k == 0 || 2 * k == n;
        whole[static_cast<std::size_t>((n - k) % n)] = is_real ? value.real() : std::conj(value);
        whole[static_cast<std::size_t>(k)] = is_real ? value.real() : value;
    }
    double worst = 0;
    double squared = 0;
    for (const auto& value : whole) squared += std::norm(value);
    for (Index j = 0; j < n; ++j) {
        std::complex<double> sum = 0;
        for (Index k = 0; k < n; ++k) {
            sum += whole[static_cast<std::size_t>(k)] *
                   std::conj(roots[static_cast<std::size_t>(j * k % n)]);
        }
        worst = std::max(
            worst, std::abs(sum.real() - static_cast<double>(got[static_cast<std::size_t>(j)])));
        worst = std::max(worst, std::abs(sum.imag()));
    }
    return worst / std::sqrt(squared);
}

/// Rounding errors of a fast transform grow with log n; those of a prime factor with itself.
double tolerance_at(Index length) {
    return 1e-6 * (1 + std::log2(static_cast<double>(length)));
}

/// All up to 100, products of small primes, primes, and twice a prime.
std::vector<Index> lengths() {
    std::vector<Index> all(100);
    std::iota(all.begin(), all.end(), 1);
    const std::vector<Index> longer = {121,  127,  128,  210,  250,  251,  256,  257,
                                       343,  360,  502,  509,  512,  514,  625,  1000,
                                       1021, 1024, 1026, 1042, 2000, 2048, 2187, 3000};
    all.insert(all.end(), longer.begin(), longer.end());
    return all;
}

}  // namespace

TEST_CASE("the Fourier transform agrees with its definition at every kind of length") {
    for (const Index length : lengths()) {
        INFO("length " << length);
        const auto in = random_row(length);
        const auto before = in;
        CHECK(error_of(in, spectrum_of(RealFourierTransform(length), in)) < tolerance_at(length));
        CHECK(in == before);
    }
}

TEST_CASE("the inverse Fourier transform agrees with its definition at every kind of length") {
    for (const Index length : lengths()) {
        INFO("length " << length);
        const auto in = random_spectrum(length);
        const auto before = in;
        CHECK(inverse_error_of(in, row_of(RealFourierTransform(length), in)) <
              tolerance_at(length));
        CHECK(in == before);
    }
}

TEST_CASE("the library's own Fourier transform agrees with the definition, both ways") {
    for (const Index length : lengths()) {
        INFO("length " << length);
        const auto plan = make_fourier_plan(length, make_mixed_radix_plan);
        const auto row = random_row(length);
        const auto row_before = row;
        Spectrum spectrum(static_cast<std::size_t>(length / 2 + 1));
        plan->forward(row.data(), spectrum.data());
        CHECK(row == row_before);
        CHECK(error_of(row, spectrum) < tolerance_at(length));

        const auto frequencies = random_spectrum(length);
        const auto frequencies_before = frequencies;
        AlignedVector<float> out(static_cast<std::size_t>(length));
        plan->backward(frequencies.data(), out.data());
        CHECK(frequencies == frequencies_before);
        CHECK(inverse_error_of(frequencies, out) < tolerance_at(length));
    }
}

TEST_CASE("the inverse Fourier transform gives n times the row back") {
    auto all = lengths();
    all.insert(all.end(), {Index{1} << 20, 3 * 5 * 7 * 1000 + 1, 823543});
    for (const Index length : all) {
        INFO("length " << length);
        const auto row = random_row(length);
        const RealFourierTransform transform(length);
        const auto back = row_of(transform, spectrum_of(transform, row));
        double worst = 0;
        for (std::size_t j = 0; j < row.size(); ++j) {
            const double value = static_cast<double>(back[j]) / static_cast<double>(length);
            worst = std::max(worst, std::abs(value - static_cast<double>(row[j])));
        }
        // The largest of n entries of size 1 and their errors.
        CHECK(worst < 2 * tolerance_at(length));
    }
}

TEST_CASE("a long Fourier transform finds single waves") {
    constexpr Index length = Index{1} << 20;
    const RealFourierTransform transform(length);
    for (const Index wave : {1, 12345, 524287}) {
        AlignedVector<float> in(static_cast<std::size_t>(length));
        for (Index j = 0; j < length; ++j) {
            const double turn = static_cast<double>(wave * j % length) / length;
            in[static_cast<std::size_t>(j)] =
                static_cast<float>(std::cos(2 * std::numbers::pi * turn + 1));
        }
        const Spectrum out = spectrum_of(transform, in);
        for (Index k = 0; k <= length / 2; ++k) {
            const auto value =
                std::complex<double>(out[static_cast<std::size_t>(k)]) / (length / 2.0);
            const auto expected = k == wave ? std::polar(1.0, 1.0) : 0.0;
            if (std::abs(value - expected) > 1e-5) {
                INFO("wave " << wave << ", frequency " << k);
                REQUIRE(value == expected);
            }
        }
    }
}

TEST_CASE("a constant row has one frequency, and an impulse has all") {
    for (const Index length : {8, 15, 30, 4096}) {
        const auto size = static_cast<std::size_t>(length);
        for (const bool own : {false, true}) {
            Spectrum out(size / 2 + 1);
            const auto run = [&](const AlignedVector<float>& in) {
                if (own) {
                    make_fourier_plan(length, make_mixed_radix_plan)
                        ->forward(in.data(), out.data());
                    return;
                }
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
    for (const Index length : {30, 75, 1024, 3000}) {
        const RealFourierTransform transform(length);
        const auto row = random_row(length);
        const Spectrum spectrum = spectrum_of(transform, row);
        const auto back = row_of(transform, spectrum);
        const auto size = static_cast<std::size_t>(length);
        for (std::size_t row_shift = 0; row_shift < 4; ++row_shift) {
            for (std::size_t spectrum_shift = 0; spectrum_shift < 4; ++spectrum_shift) {
                AlignedVector<float> row_memory(size + row_shift);
                Spectrum spectrum_memory(spectrum.size() + spectrum_shift);
                const std::span a = std::span(row_memory).subspan(row_shift);
                const std::span b = std::span(spectrum_memory).subspan(spectrum_shift);
                std::copy(row.begin(), row.end(), a.begin());
                transform.transform(a, b);
                CHECK(std::equal(spectrum.begin(), spectrum.end(), b.begin()));
                transform.inverse(b, a);
                CHECK(std::equal(back.begin(), back.end(), a.begin()));
            }
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
    struct Result {
        Spectrum spectrum;
        AlignedVector<float> row;
    };
    for (const Index length : {1848, 1215}) {
        std::vector<Result> results(8);
        std::vector<std::thread> threads;
        const auto in = random_row(length);
        for (Result& result : results) {
            threads.emplace_back([&] {
                for (int repeat = 0; repeat < 20; ++repeat) {
                    const RealFourierTransform transform(length);
                    result.spectrum = spectrum_of(transform, in);
                    result.row = row_of(transform, result.spectrum);
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        for (const Result& result : results) {
            CHECK(result.spectrum == results.front().spectrum);
            CHECK(result.row == results.front().row);
        }
    }
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
    CHECK_THROWS_AS(RealFourierTransform(10).inverse(out, in), DimensionMismatch);
    CHECK_THROWS_AS(RealFourierTransform(8).inverse(std::span(out).first(4), in),
                    DimensionMismatch);
}
