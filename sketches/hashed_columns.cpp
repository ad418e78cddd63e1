#include "sketches/hashed_columns.hpp"

#include "core/dispatch.hpp"
#include "core/philox.hpp"
#include "core/philox_batch.hpp"
#include "sketches/checks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <limits>
#include <numeric>

namespace sketchntk::sketches {
namespace {

constexpr Index words_in_block = 4;
constexpr std::uint32_t attempts = 256;

/// Columns that are hashed together where they follow one another with one entry each: four of them
/// share a block of the generator.
constexpr Index run = PhiloxBatch::size * words_in_block;

using Words = std::array<std::uint32_t, static_cast<std::size_t>(run)>;

/// The logarithm of the number of words, 1, 2 or 4, that a column takes of a row of the stream, so
/// that they lie in one block.
int log2_words_of_column(Index nonzeros) {
    return nonzeros > 2 ? 2 : static_cast<int>(nonzeros - 1);
}

/// One of the blocks of buckets, as what a word is turned into: twice its size, for the sign.
struct Range {
    Range(Index buckets, Index nonzeros, Index k)
        : start(static_cast<std::int32_t>(k * buckets / nonzeros)),
          size(2 * static_cast<std::uint32_t>((k + 1) * buckets / nonzeros - start)),
          surplus((0 - size) % size) {}

    std::int32_t start;
    std::uint32_t size;
    /// So many of the 2^32 words would make some places likelier than others.
    std::uint32_t surplus;
};

struct Place {
    std::int32_t bucket;
    float sign;
};

inline Place place_of(std::uint64_t product, std::int32_t start) {
    constexpr std::uint32_t one = 0x3f800000U;
    const auto value = static_cast<std::uint32_t>(product >> 32);
    return {start + static_cast<std::int32_t>(value >> 1), std::bit_cast<float>(value << 31 | one)};
}

/// The block of four words in which those of a column lie.
SKETCHNTK_VECTOR_DISPATCH
void number_blocks(const std::int64_t* columns, Index count, int log2_words,
                   std::uint64_t* blocks) {
    for (Index c = 0; c < count; ++c) {
        blocks[c] = static_cast<std::uint64_t>(columns[c]) >> (2 - log2_words);
    }
}

/// Word number `offset` of those that each column has, from the block they lie in.
SKETCHNTK_VECTOR_DISPATCH
void take_words(const std::uint64_t* first_words, const std::uint64_t* last_words,
                const std::int64_t* columns, Index count, int log2_words, std::uint64_t offset,
                std::uint32_t* words) {
    for (Index c = 0; c < count; ++c) {
        const std::uint64_t place = (static_cast<std::uint64_t>(columns[c]) << log2_words) + offset;
        // Masks, because GCC 12 turns a choice by one bit into slower code.
        const std::uint64_t last = 0 - (place >> 1 & 1);
        const std::uint64_t pair = (first_words[c] & ~last) | (last_words[c] & last);
        words[c] = static_cast<std::uint32_t>(pair >> 32 * (place & 1));
    }
}

/// The same where a column has a whole block.
SKETCHNTK_VECTOR_DISPATCH
void take_halves(const std::uint64_t* pairs, Index count, std::uint64_t half,
                 std::uint32_t* words) {
    for (Index c = 0; c < count; ++c) words[c] = static_cast<std::uint32_t>(pairs[c] >> 32 * half);
}

void take(const PhiloxBatch& batch, std::span<const std::int64_t> columns, int log2_words,
          std::uint64_t offset, Words& words) {
    const auto count = static_cast<Index>(columns.size());
    if (log2_words == 2) {
        const auto& pairs = offset < 2 ? batch.first_words : batch.last_words;
        take_halves(pairs.data(), count, offset % 2, words.data());
    } else {
        take_words(batch.first_words.data(), batch.last_words.data(), columns.data(), count,
                   log2_words, offset, words.data());
    }
}

SKETCHNTK_VECTOR_DISPATCH
void place_entries(const std::uint32_t* words, Index count, std::uint32_t size, std::int32_t start,
                   std::int32_t* buckets, float* signs) {
    for (Index c = 0; c < count; ++c) {
        const Place place = place_of(std::uint64_t{words[c]} * size, start);
        buckets[c] = place.bucket;
        signs[c] = place.sign;
    }
}

/// Whether any of the words is one of the surplus.
SKETCHNTK_VECTOR_DISPATCH
bool any_rejected(const std::uint32_t* words, Index count, std::uint32_t size,
                  std::uint32_t surplus) {
    std::uint32_t rejected = 0;
    for (Index c = 0; c < count; ++c) rejected |= words[c] * size < surplus ? 1U : 0U;
    return rejected != 0;
}

/// The place that later attempts give to a rejected word. Each fails with probability below 1/2.
Place place_again(const RandomStream& stream, Index row, Index word, const Range& range) {
    const auto block = static_cast<std::uint64_t>(word / words_in_block);
    const auto position = static_cast<std::size_t>(word % words_in_block);
    std::uint64_t product = 0;
    for (std::uint32_t attempt = 1; attempt < attempts; ++attempt) {
        const PhiloxBlock words =
            philox(philox_counter(stream.operator_number(), static_cast<std::uint64_t>(row), block,
                                  attempt),
                   stream.seed().value);
        product = std::uint64_t{words[position]} * range.size;
        if (static_cast<std::uint32_t>(product) >= range.surplus) break;
    }
    return place_of(product, range.start);
}

/// Turns words into places; `word_number(c)` is the number of words[c] in its row of the stream.
template <typename WordNumber>
void place_all(const RandomStream& stream, Index row, const Range& range,
               std::span<const std::uint32_t> words, const WordNumber& word_number,
               std::int32_t* buckets, float* signs) {
    const auto count = static_cast<Index>(words.size());
    place_entries(words.data(), count, range.size, range.start, buckets, signs);
    if (range.surplus == 0 || !any_rejected(words.data(), count, range.size, range.surplus)) return;
    for (Index c = 0; c < count; ++c) {
        if (words[static_cast<std::size_t>(c)] * range.size >= range.surplus) continue;
        const Place place = place_again(stream, row, word_number(c), range);
        buckets[c] = place.bucket;
        signs[c] = place.sign;
    }
}

}  // namespace

HashedColumns::HashedColumns(RandomStream stream, Index hash_number, Index buckets, Index nonzeros)
    : stream_(stream),
      hash_number_(hash_number),
      buckets_(checked_dimension("buckets", buckets, 1, std::numeric_limits<std::int32_t>::max())),
      nonzeros_(checked_dimension("nonzeros", nonzeros, 1, std::min(buckets, most_nonzeros))) {}

void HashedColumns::fill(Index first_column, std::span<std::int32_t> buckets,
                         std::span<float> signs) const {
    const auto count = static_cast<Index>(buckets.size()) / nonzeros_;
    if (nonzeros_ == 1) {
        for (Index first = 0; first < count; first += run) {
            fill_run(first_column + first, std::min(run, count - first), buckets.data() + first,
                     signs.data() + first);
        }
        return;
    }
    std::array<std::int64_t, static_cast<std::size_t>(PhiloxBatch::size)> columns;
    for (Index first = 0; first < count; first += PhiloxBatch::size) {
        const Index some = std::min(PhiloxBatch::size, count - first);
        std::iota(columns.begin(), columns.end(), first_column + first);
        gather_batch({columns.data(), static_cast<std::size_t>(some)}, count,
                     buckets.data() + first, signs.data() + first);
    }
}

void HashedColumns::gather(std::span<const std::int64_t> columns, std::span<std::int32_t> buckets,
                           std::span<float> signs) const {
    const auto count = static_cast<Index>(columns.size());
    assert(static_cast<Index>(buckets.size()) == count * nonzeros_);
    for (Index first = 0; first < count; first += PhiloxBatch::size) {
        const Index some = std::min(PhiloxBatch::size, count - first);
        gather_batch(
            columns.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(some)), count,
            buckets.data() + first, signs.data() + first);
    }
}

void HashedColumns::fill_run(Index first_column, Index count, std::int32_t* buckets,
                             float* signs) const {
    Words words;
    const std::span<std::uint32_t> used(words.data(), static_cast<std::size_t>(count));
    stream_.fill_words(hash_number_, first_column, used);
    place_all(
        stream_, hash_number_, Range(buckets_, 1, 0), used,
        [&](Index c) { return first_column + c; }, buckets, signs);
}

void HashedColumns::gather_batch(std::span<const std::int64_t> columns, Index stride,
                                 std::int32_t* buckets, float* signs) const {
    const auto count = static_cast<Index>(columns.size());
    const int log2_words = log2_words_of_column(nonzeros_);
    PhiloxBatch batch;
    number_blocks(columns.data(), count, log2_words, batch.blocks.data());
    Words words;
    for (Index k = 0; k < nonzeros_; ++k) {
        const Index offset = k % words_in_block;
        const Index row = hash_number_ + k / words_in_block;
        if (offset == 0) {
            philox(
                {stream_.seed().value, stream_.operator_number(), static_cast<std::uint64_t>(row)},
                count, batch);
        }
        take(batch, columns, log2_words, static_cast<std::uint64_t>(offset), words);
        place_all(
            stream_, row, Range(buckets_, nonzeros_, k),
            {words.data(), static_cast<std::size_t>(count)},
            [&](Index c) { return (columns[static_cast<std::size_t>(c)] << log2_words) + offset; },
            buckets + k * stride, signs + k * stride);
    }
}

}  // namespace sketchntk::sketches
