#include "catch2.hpp"
#include "core/elementary.hpp"
#include "core/philox.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

using namespace sketchntk;

namespace {

std::vector<float> normals(const RandomStream& stream, Index row, Index count) {
    std::vector<float> out(static_cast<std::size_t>(count));
    stream.fill_normal(row, 0, out);
    return out;
}

double normal_distribution(double x) {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

/// sqrt(n) times the largest distance between the empirical distribution and `distribution`.
double kolmogorov_smirnov(std::vector<double> sample,
                          const std::function<double(double)>& distribution) {
    std::sort(sample.begin(), sample.end());
    const auto n = static_cast<double>(sample.size());
    double largest = 0;
    for (std::size_t k = 0; k < sample.size(); ++k) {
        const double expected = distribution(sample[k]);
        largest = std::max({largest, expected - static_cast<double>(k) / n,
                            static_cast<double>(k + 1) / n - expected});
    }
    return std::sqrt(n) * largest;
}

/// The asymptotic 99.9 % point of the Kolmogorov-Smirnov statistic.
constexpr double kolmogorov_critical = 1.9495;

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(a[k]) * b[k];
    return sum / static_cast<double>(a.size());
}

}  // namespace

TEST_CASE("Philox4x32-10 reproduces the known answers published with Random123") {
    CHECK(philox({0, 0, 0, 0}, 0) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff) ==
          PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
          PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream reads Philox at the documented counter") {
    const Index row = (Index{0x1234} << 32) + 0x89abcdef;
    const Index block = (Index{0x56} << 32) + 0x01234567;
    const RandomStream stream(Seed{0x299f31d0a4093822}, 77);
    CHECK(stream.words(row, block) ==
          philox({0x01234567, 0x12340056, 0x89abcdef, 77}, 0x299f31d0a4093822));
    CHECK(RandomStream(Seed{0}, 0).words(0, 0) ==
          PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});

    const PhiloxBlock child = philox({5, 0, 0, 0xffffffff}, 99);
    CHECK(Seed{99}.child(5).value == (child[0] | static_cast<std::uint64_t>(child[1]) << 32));
    CHECK_THROWS_AS(RandomStream(Seed{0}, 0xffffffff), InvalidArgument);
}

TEST_CASE("any block of a row has the entries of the whole row") {
    const RandomStream stream(Seed{3}, 4);
    constexpr Index length = 3000;
    const Index row = 12;
    std::vector<float> all_normals(length), all_signs(length);
    std::vector<std::uint32_t> all_words(length);
    // Begins before a carry of the block number into the counter's second word.
    const Index origin = GENERATE(Index{0}, (Index{1} << 34) - 1001);
    stream.fill_normal(row, origin, all_normals);
    stream.fill_signs(row, origin, all_signs);
    stream.fill_words(row, origin, all_words);

    for (const Index first : {0, 1, 3, 4, 127, 130, 255, 1000, 2999}) {
        for (const Index count : {0, 1, 2, 5, 128, 300, 1500}) {
            if (first + count > length) continue;
            const auto size = static_cast<std::size_t>(count);
            std::vector<float> floats(size);
            std::vector<std::uint32_t> words(size);
            stream.fill_normal(row, origin + first, floats);
            REQUIRE(std::equal(floats.begin(), floats.end(), all_normals.begin() + first));
            stream.fill_signs(row, origin + first, floats);
            REQUIRE(std::equal(floats.begin(), floats.end(), all_signs.begin() + first));
            stream.fill_words(row, origin + first, words);
            REQUIRE(std::equal(words.begin(), words.end(), all_words.begin() + first));
        }
    }
    for (Index k = 0; k < 200; ++k) {
        const auto j = static_cast<std::size_t>(k);
        const auto block = stream.words(row, (origin + k) / 4);
        REQUIRE(all_words[j] == block[static_cast<std::size_t>((origin + k) % 4)]);
        const Index word = (origin + k) / 32;
        const std::uint32_t bits = stream.words(row, word / 4)[static_cast<std::size_t>(word % 4)];
        REQUIRE(all_signs[j] == ((bits >> ((origin + k) % 32) & 1U) != 0 ? -1.0F : 1.0F));
    }
}

TEST_CASE("the library's own logarithm, sine and cosine are accurate to float32") {
    const double turn = 2 * std::acos(-1.0) / 4294967296.0;
    for (std::uint64_t k = 0; k < (std::uint64_t{1} << 32); k += 99991) {
        const auto word = static_cast<std::uint32_t>(k);
        const float u = unit_interval(word);
        REQUIRE(u == Approx((static_cast<double>(word) + 0.5) / 4294967296.0).epsilon(6e-8));
        REQUIRE(static_cast<double>(natural_logarithm(u)) ==
                Approx(std::log(static_cast<double>(u))).epsilon(2e-7));
        const SineCosine value = sine_cosine_of_turn(word);
        REQUIRE(std::abs(value.sine - std::sin(turn * word)) < 1.2e-7);
        REQUIRE(std::abs(value.cosine - std::cos(turn * word)) < 1.2e-7);
    }
    CHECK(natural_logarithm(1.0F) == 0.0F);
    CHECK(unit_interval(0) == 0x1p-33F);
    CHECK(unit_interval(0xffffffffU) == 1.0F);
}

TEST_CASE("the bits of the first normal numbers never change") {
    std::vector<float> out(6);
    RandomStream(Seed{42}, 1).fill_normal(3, 5, out);
    const std::vector<float> golden = {0x1.2fb3aep+0F, 0x1.d36e9ap-8F, -0x1.1c37acp-1F,
                                       0x1.8443f2p-1F, 0x1.34b832p-1F, -0x1.92352ep+0F};
    CHECK(out == golden);
}

TEST_CASE("normal numbers have the moments and the distribution of N(0, 1)") {
    constexpr Index count = 1'000'000;
    const auto sample = normals(RandomStream(Seed{7}, 0), 0, count);
    double power[5] = {};
    for (const float z : sample) {
        double product = 1;
        for (double& sum : power) {
            sum += product;
            product *= z;
        }
    }
    // Variances of the powers: E z^2 = 1, E z^4 - 1 = 2, E z^6 = 15, E z^8 - 9 = 96.
    const double n = static_cast<double>(count);
    CHECK(std::abs(power[1] / n) < 5 / std::sqrt(n));
    CHECK(std::abs(power[2] / n - 1) < 5 * std::sqrt(2 / n));
    CHECK(std::abs(power[3] / n) < 5 * std::sqrt(15 / n));
    CHECK(std::abs(power[4] / n - 3) < 5 * std::sqrt(96 / n));
    CHECK(kolmogorov_smirnov({sample.begin(), sample.end()}, normal_distribution) <
          kolmogorov_critical);

    std::vector<float> even, odd;
    for (std::size_t k = 0; k < sample.size(); k += 2) {
        even.push_back(sample[k]);
        odd.push_back(sample[k + 1]);
    }
    CHECK(std::abs(correlation(even, odd)) < 5 / std::sqrt(n / 2));
}

TEST_CASE("uniform numbers are uniform on [0, 1)") {
    const RandomStream stream(Seed{8}, 0);
    std::vector<double> sample;
    for (Index j = 0; j < 200'000; ++j) sample.push_back(stream.uniform(2, j));
    CHECK(*std::min_element(sample.begin(), sample.end()) >= 0);
    CHECK(*std::max_element(sample.begin(), sample.end()) < 1);
    CHECK(kolmogorov_smirnov(sample, [](double x) { return x; }) < kolmogorov_critical);
}

TEST_CASE("signs are balanced in every bit position") {
    const RandomStream stream(Seed{9}, 0);
    constexpr Index rows = 4000;
    std::vector<double> sum(128);
    std::vector<float> signs(128);
    for (Index i = 0; i < rows; ++i) {
        stream.fill_signs(i, 0, signs);
        for (std::size_t k = 0; k < signs.size(); ++k) {
            REQUIRE(std::abs(signs[k]) == 1.0F);
            sum[k] += signs[k];
        }
    }
    for (const double s : sum) CHECK(std::abs(s) < 5 * std::sqrt(static_cast<double>(rows)));
}

TEST_CASE("uniform_index hits every value equally often") {
    const RandomStream stream(Seed{10}, 3);
    for (const Index bound : {1, 2, 3, 7, 100, 1000}) {
        constexpr Index draws = 200'000;
        std::vector<Index> hits(static_cast<std::size_t>(bound));
        for (Index j = 0; j < draws; ++j) {
            const Index value = stream.uniform_index(1, j, bound);
            REQUIRE(value >= 0);
            REQUIRE(value < bound);
            ++hits[static_cast<std::size_t>(value)];
        }
        const double expected = static_cast<double>(draws) / static_cast<double>(bound);
        double chi_square = 0;
        for (const Index h : hits) {
            chi_square += std::pow(static_cast<double>(h) - expected, 2) / expected;
        }
        // Chi-square with k degrees of freedom has mean k and variance 2k.
        const double freedom = static_cast<double>(bound - 1);
        CHECK(chi_square <= freedom + 5 * std::sqrt(2 * freedom));
    }
    CHECK_THROWS_AS(stream.uniform_index(0, 0, 0), InvalidArgument);
    CHECK_THROWS_AS(stream.uniform_index(0, 0, -3), InvalidArgument);
}

TEST_CASE(
    "uniform_index rejects without bias at a bound where a quarter of the words are surplus") {
    // 2^64 is 8/3 of the bound: without rejection some values had three words and others two.
    const Index bound = Index{3} << 61;
    const RandomStream stream(Seed{11}, 3);
    constexpr Index draws = 90'000;
    double below_third = 0;
    double residue = 0;
    for (Index j = 0; j < draws; ++j) {
        const Index value = stream.uniform_index(0, j, bound);
        REQUIRE(value >= 0);
        REQUIRE(value < bound);
        below_third += value < bound / 3 ? 1 : 0;
        residue += value % 3 == 0 ? 1 : 0;
    }
    const double n = static_cast<double>(draws);
    const double tolerance = 5 * std::sqrt(n * 2 / 9);
    CHECK(std::abs(below_third - n / 3) < tolerance);
    CHECK(std::abs(residue - n / 3) < tolerance);
}

TEST_CASE("seeds, children, operators and rows give uncorrelated numbers") {
    constexpr Index count = 100'000;
    const Seed seed{12};
    const std::vector<std::vector<float>> samples = {
        normals(RandomStream(seed, 0), 0, count),
        normals(RandomStream(seed, 1), 0, count),
        normals(RandomStream(seed, 0), 1, count),
        normals(RandomStream(Seed{13}, 0), 0, count),
        normals(RandomStream(seed.child(0), 0), 0, count),
        normals(RandomStream(seed.child(1), 0), 0, count),
        normals(RandomStream(seed.child(0).child(0), 0), 0, count)};
    for (std::size_t a = 0; a < samples.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            CHECK(std::abs(correlation(samples[a], samples[b])) <
                  5 / std::sqrt(static_cast<double>(count)));
        }
    }
}

TEST_CASE("seeds and streams compare by value") {
    CHECK(Seed{1} == Seed{1});
    CHECK_FALSE(Seed{1} == Seed{2});
    CHECK(Seed{1}.child(2) == Seed{1}.child(2));
    CHECK_FALSE(Seed{1}.child(2) == Seed{1}.child(3));
    CHECK(RandomStream(Seed{1}, 2) == RandomStream(Seed{1}, 2));
    CHECK_FALSE(RandomStream(Seed{1}, 2) == RandomStream(Seed{1}, 3));
}
