#include "core/dispatch.hpp"
#include "core/elementary.hpp"
#include "core/philox.hpp"
#include "core/philox_batch.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

namespace sketchntk {
namespace {

constexpr std::uint32_t reserved_operator = 0xffffffffU;
constexpr std::uint32_t attempts = 256;
constexpr Index words_in_block = 4;
constexpr Index signs_in_word = 32;

/// Blocks that are made together.
constexpr Index chunk = PhiloxBatch::size;

using Row = PhiloxRow;

SKETCHNTK_VECTOR_DISPATCH
void number_blocks(std::uint64_t first_block, Index blocks, std::uint64_t* out) {
    for (Index b = 0; b < blocks; ++b) out[b] = first_block + static_cast<std::uint64_t>(b);
}

SKETCHNTK_VECTOR_DISPATCH
void write_blocks(const std::uint64_t* first_words, const std::uint64_t* last_words, Index blocks,
                  std::uint32_t* out) {
    for (Index b = 0; b < blocks; ++b) {
        out[4 * b] = static_cast<std::uint32_t>(first_words[b]);
        out[4 * b + 1] = static_cast<std::uint32_t>(first_words[b] >> 32);
        out[4 * b + 2] = static_cast<std::uint32_t>(last_words[b]);
        out[4 * b + 3] = static_cast<std::uint32_t>(last_words[b] >> 32);
    }
}

void make_words(const Row& row, std::uint64_t first_block, Index blocks, std::uint32_t* out) {
    PhiloxBatch batch;
    number_blocks(first_block, blocks, batch.blocks.data());
    philox(row, blocks, batch);
    write_blocks(batch.first_words.data(), batch.last_words.data(), blocks, out);
}

SKETCHNTK_VECTOR_DISPATCH
void words_to_normal(const std::uint32_t* words, Index pairs, float* out) {
    for (Index p = 0; p < pairs; ++p) {
        const float radius = std::sqrt(-2.0F * natural_logarithm(unit_interval(words[2 * p])));
        const SineCosine angle = sine_cosine_of_turn(words[2 * p + 1]);
        out[2 * p] = radius * angle.cosine;
        out[2 * p + 1] = radius * angle.sine;
    }
}

SKETCHNTK_VECTOR_DISPATCH
void words_to_signs(const std::uint32_t* words, Index count, float* out) {
    constexpr std::uint32_t one = 0x3f800000U;
    for (Index w = 0; w < count; ++w) {
        const std::uint32_t word = words[w];
        for (std::uint32_t bit = 0; bit < 32; ++bit) {
            out[signs_in_word * w + bit] = std::bit_cast<float>(word >> bit << 31 | one);
        }
    }
}

/// Entries [first, first + out.size()) of a row whose entries come `entries_in_block` a block:
/// `make(first_block, blocks, destination)` writes whole blocks. Whole chunks are written in place,
/// the ragged ends by way of a buffer.
template <Index entries_in_block, typename T, typename Make>
void fill_row(Index first, std::span<T> out, const Make& make) {
    alignas(64) std::array<T, static_cast<std::size_t>(chunk * entries_in_block)> buffer;
    Index block = first / entries_in_block;
    Index skip = first % entries_in_block;
    while (!out.empty()) {
        const auto left = static_cast<Index>(out.size());
        const Index blocks =
            std::min(chunk, (skip + left + entries_in_block - 1) / entries_in_block);
        const Index count = std::min(left, blocks * entries_in_block - skip);
        const auto first_block = static_cast<std::uint64_t>(block);
        if (count == blocks * entries_in_block) {
            make(first_block, blocks, out.data());
        } else {
            make(first_block, blocks, buffer.data());
            std::copy_n(buffer.data() + skip, count, out.data());
        }
        out = out.subspan(static_cast<std::size_t>(count));
        block += blocks;
        skip = 0;
    }
}

/// 64-bit word (i, j) of attempt `attempt`: half j % 2 of block j / 2, low word first.
std::uint64_t wide_word(const Row& row, Index j, std::uint32_t attempt) {
    const auto column = static_cast<std::uint64_t>(j);
    const PhiloxBlock block =
        philox(philox_counter(row.operator_number, row.row, column / 2, attempt), row.key);
    const std::size_t half = 2 * (column % 2);
    return block[half] | static_cast<std::uint64_t>(block[half + 1]) << 32;
}

/// The 128-bit product of two 64-bit numbers.
struct WideProduct {
    std::uint64_t high;
    std::uint64_t low;
};
WideProduct multiply(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t mask = 0xffffffffU;
    const std::uint64_t low = (a & mask) * (b & mask);
    const std::uint64_t middle = (a >> 32) * (b & mask) + (low >> 32);
    const std::uint64_t cross = (a & mask) * (b >> 32) + (middle & mask);
    return {(a >> 32) * (b >> 32) + (middle >> 32) + (cross >> 32), a * b};
}

Row row_of(const RandomStream& stream, Index i, Index last_column) {
    assert(i >= 0 && i < Index{1} << 48);
    assert(last_column >= 0 && last_column <= Index{1} << 40);
    static_cast<void>(last_column);
    return {stream.seed().value, stream.operator_number(), static_cast<std::uint64_t>(i)};
}

Index end_of(Index first_column, std::size_t length) {
    return first_column + static_cast<Index>(length);
}

}  // namespace

Seed Seed::child(std::uint32_t index) const {
    const PhiloxBlock block = philox({index, 0, 0, reserved_operator}, value);
    return {block[0] | static_cast<std::uint64_t>(block[1]) << 32};
}

RandomStream::RandomStream(Seed seed, std::uint32_t operator_number)
    : seed_(seed), operator_number_(operator_number) {
    if (operator_number == reserved_operator) {
        throw InvalidArgument(
            "operator_number: 4294967295 is reserved for Seed::child, "
            "expected a smaller number");
    }
}

std::array<std::uint32_t, 4> RandomStream::words(Index i, Index block) const {
    const Row row = row_of(*this, i, block);
    return philox(
        philox_counter(row.operator_number, row.row, static_cast<std::uint64_t>(block), 0),
        row.key);
}

void RandomStream::fill_words(Index i, Index first_column, std::span<std::uint32_t> out) const {
    const Row row = row_of(*this, i, end_of(first_column, out.size()));
    fill_row<words_in_block>(first_column, out,
                             [&](std::uint64_t first_block, Index blocks, std::uint32_t* words) {
                                 make_words(row, first_block, blocks, words);
                             });
}

void RandomStream::fill_signs(Index i, Index first_column, std::span<float> out) const {
    const Row row = row_of(*this, i, end_of(first_column, out.size()));
    alignas(64) std::array<std::uint32_t, static_cast<std::size_t>(chunk * words_in_block)> words;
    fill_row<words_in_block * signs_in_word>(
        first_column, out, [&](std::uint64_t first_block, Index blocks, float* signs) {
            make_words(row, first_block, blocks, words.data());
            words_to_signs(words.data(), blocks * words_in_block, signs);
        });
}

void RandomStream::fill_normal(Index i, Index first_column, std::span<float> out) const {
    const Row row = row_of(*this, i, end_of(first_column, out.size()));
    alignas(64) std::array<std::uint32_t, static_cast<std::size_t>(chunk * words_in_block)> words;
    fill_row<words_in_block>(
        first_column, out, [&](std::uint64_t first_block, Index blocks, float* normals) {
            make_words(row, first_block, blocks, words.data());
            words_to_normal(words.data(), blocks * words_in_block / 2, normals);
        });
}

Index RandomStream::uniform_index(Index i, Index j, Index bound) const {
    if (bound < 1) {
        throw InvalidArgument("bound: expected at least 1, got " + std::to_string(bound));
    }
    const Row row = row_of(*this, i, j);
    const auto range = static_cast<std::uint64_t>(bound);
    // The 2^64 mod range products with the smallest low halves are the surplus of the fuller bins.
    const std::uint64_t surplus = (0 - range) % range;
    WideProduct product = multiply(wide_word(row, j, 0), range);
    // Each attempt fails with probability below 1/2, for a bound below 2^32 below 2^-32.
    for (std::uint32_t attempt = 1; product.low < surplus && attempt < attempts; ++attempt) {
        product = multiply(wide_word(row, j, attempt), range);
    }
    return static_cast<Index>(product.high);
}

double RandomStream::uniform(Index i, Index j) const {
    return static_cast<double>(wide_word(row_of(*this, i, j), j, 0) >> 11) * 0x1p-53;
}

}  // namespace sketchntk
