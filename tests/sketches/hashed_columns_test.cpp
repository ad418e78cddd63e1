#include "sketches/hashed_columns.hpp"

#include "catch2.hpp"
#include "core/philox.hpp"

#include <sketchntk/core/error.hpp>

#include <cmath>
#include <map>
#include <vector>

using namespace sketchntk;
using namespace sketchntk::sketches;

namespace {

const RandomStream stream(Seed{0x123456789abcdefULL}, 5);

struct Hashes {
    explicit Hashes(Index entries)
        : buckets(static_cast<std::size_t>(entries)), signs(buckets.size()) {}

    bool operator==(const Hashes&) const = default;

    std::vector<std::int32_t> buckets;
    std::vector<float> signs;
};

Hashes filled(const HashedColumns& hash, Index first, Index count) {
    Hashes out(count * hash.nonzeros());
    hash.fill(first, out.buckets, out.signs);
    return out;
}

Hashes gathered(const HashedColumns& hash, const std::vector<std::int64_t>& columns) {
    Hashes out(static_cast<Index>(columns.size()) * hash.nonzeros());
    hash.gather(columns, out.buckets, out.signs);
    return out;
}

/// Twice the place of entry k in its block, plus 1 for a negative sign, from the definition.
std::uint64_t defined_value(Index hash_number, Index buckets, Index nonzeros, Index column,
                            Index k) {
    const Index words_a_column = nonzeros == 1 ? 1 : nonzeros == 2 ? 2 : 4;
    const auto word = static_cast<std::uint64_t>(words_a_column * column + k % 4);
    const auto row = static_cast<std::uint64_t>(hash_number + k / 4);
    const auto size =
        static_cast<std::uint64_t>((k + 1) * buckets / nonzeros - k * buckets / nonzeros);
    for (std::uint32_t attempt = 0;; ++attempt) {
        const PhiloxBlock block = philox(
            philox_counter(stream.operator_number(), row, word / 4, attempt), stream.seed().value);
        const std::uint64_t product = block[word % 4] * (2 * size);
        const std::uint64_t low = product % (std::uint64_t{1} << 32);
        if (low >= (std::uint64_t{1} << 32) % (2 * size)) return product >> 32;
    }
}

/// With probability below 1e-6, chi^2 of so many degrees of freedom is larger (Laurent and Massart
/// 2000, lemma 1).
double chi_squared_bound(double degrees) {
    const double t = 14;
    return degrees + 2 * std::sqrt(degrees * t) + 2 * t;
}

/// Whether values of `cells` kinds are equally frequent.
void check_uniform(const std::vector<std::size_t>& values, std::size_t cells) {
    std::vector<double> counts(cells);
    for (const std::size_t value : values) ++counts.at(value);
    const double expected = static_cast<double>(values.size()) / static_cast<double>(cells);
    double statistic = 0;
    for (const double count : counts) statistic += std::pow(count - expected, 2) / expected;
    CHECK(statistic < chi_squared_bound(static_cast<double>(cells - 1)));
}

std::size_t cell(const Hashes& hashes, std::size_t entry) {
    return 2 * static_cast<std::size_t>(hashes.buckets[entry]) + (hashes.signs[entry] < 0 ? 1 : 0);
}

}  // namespace

TEST_CASE("hashes are what their definition says, rejected words included") {
    // The last but one rejects a quarter of all words.
    for (const Index buckets : {1, 2, 64, 97, 1000, 3 << 29, 0x7fffffff}) {
        for (const Index nonzeros : {1, 2, 3, 4, 5, 9, 64}) {
            if (nonzeros > buckets) continue;
            const HashedColumns hash(stream, 3, buckets, nonzeros);
            for (const Index first : {Index{0}, Index{777}, (Index{1} << 40) - 300}) {
                const Hashes out = filled(hash, first, 300);
                for (Index k = 0; k < nonzeros; ++k) {
                    for (Index c = 0; c < 300; ++c) {
                        const auto entry = static_cast<std::size_t>(k * 300 + c);
                        const std::uint64_t value =
                            defined_value(3, buckets, nonzeros, first + c, k);
                        REQUIRE(out.buckets[entry] ==
                                k * buckets / nonzeros + static_cast<Index>(value / 2));
                        REQUIRE(out.signs[entry] == (value % 2 == 0 ? 1.0F : -1.0F));
                    }
                }
            }
        }
    }
}

TEST_CASE("hashes of listed columns are those of the same columns in a row") {
    for (const Index nonzeros : {1, 2, 3, 8}) {
        const HashedColumns hash(stream, 0, 100, nonzeros);
        const Hashes all = filled(hash, 0, 5000);
        std::vector<std::int64_t> columns;
        for (std::int64_t j = 0; j < 5000; j += 1 + j % 37) columns.push_back(j);
        const Hashes some = gathered(hash, columns);
        for (Index k = 0; k < nonzeros; ++k) {
            for (std::size_t c = 0; c < columns.size(); ++c) {
                const std::size_t in_some = static_cast<std::size_t>(k) * columns.size() + c;
                const auto in_all = static_cast<std::size_t>(k * 5000 + columns[c]);
                REQUIRE(some.buckets[in_some] == all.buckets[in_all]);
                REQUIRE(some.signs[in_some] == all.signs[in_all]);
            }
        }
        for (const Index count : {0, 1, 63, 64, 65, 300}) {
            Hashes part = filled(hash, 1001, count);
            for (Index c = 0; c < count; ++c) {
                REQUIRE(part.buckets[static_cast<std::size_t>(c)] ==
                        all.buckets[static_cast<std::size_t>(1001 + c)]);
            }
        }
    }
}

TEST_CASE("buckets and signs are uniform together") {
    for (const Index buckets : {2, 97, 1000}) {
        const Hashes hashes = filled(HashedColumns(stream, 0, buckets), 0, buckets * 400);
        std::vector<std::size_t> cells;
        for (std::size_t j = 0; j < hashes.buckets.size(); ++j) cells.push_back(cell(hashes, j));
        check_uniform(cells, static_cast<std::size_t>(2 * buckets));
    }
}

TEST_CASE("there is no bias where the number of buckets does not divide that of the words") {
    constexpr Index buckets = Index{3} << 29;
    constexpr std::size_t count = 300'000;
    const Hashes hashes = filled(HashedColumns(stream, 0, buckets), 0, count);
    // Without rejection every third value would have twice the probability.
    std::vector<std::size_t> thirds;
    double mean = 0;
    for (std::size_t j = 0; j < count; ++j) {
        thirds.push_back(cell(hashes, j) % 3);
        mean += static_cast<double>(hashes.buckets[j]) / static_cast<double>(count);
    }
    check_uniform(thirds, 3);
    // By the remainder of the division instead, small buckets would be likelier.
    const auto m = static_cast<double>(buckets);
    CHECK(std::abs(mean - (m - 1) / 2) < 5 * m / std::sqrt(12.0 * static_cast<double>(count)));
}

TEST_CASE(
    "hashes of neighbouring columns, of other hash numbers and of other entries are "
    "independent") {
    constexpr Index count = 60'000;
    constexpr std::size_t kinds = 2 * 5;
    const Hashes one = filled(HashedColumns(stream, 0, 5), 0, count);
    const Hashes other = filled(HashedColumns(stream, 1, 5), 0, count);
    const Hashes entries = filled(HashedColumns(stream, 0, 30, 6), 0, count);
    std::vector<std::size_t> neighbours, numbers;
    for (std::size_t j = 0; j + 1 < count; ++j) {
        numbers.push_back(kinds * cell(one, j) + cell(other, j));
        if (j % 2 == 0) neighbours.push_back(kinds * cell(one, j) + cell(one, j + 1));
    }
    check_uniform(neighbours, kinds * kinds);
    check_uniform(numbers, kinds * kinds);
    for (std::size_t k = 1; k < 6; ++k) {
        std::vector<std::size_t> together;
        for (std::size_t j = 0; j < count; ++j) {
            together.push_back(kinds * cell(entries, j) + cell(entries, k * count + j) - kinds * k);
        }
        check_uniform(together, kinds * kinds);
    }
}

TEST_CASE("impossible hashes are refused") {
    CHECK_THROWS_AS(HashedColumns(stream, 0, 0), InvalidArgument);
    CHECK_THROWS_AS(HashedColumns(stream, 0, Index{1} << 31), InvalidArgument);
    CHECK_THROWS_AS(HashedColumns(stream, 0, 4, 0), InvalidArgument);
    CHECK_THROWS_AS(HashedColumns(stream, 0, 4, 5), InvalidArgument);
    CHECK_THROWS_AS(HashedColumns(stream, 0, 400, 65), InvalidArgument);
}
