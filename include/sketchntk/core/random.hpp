#pragma once

#include <sketchntk/core/matrix.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace sketchntk {

/// Where all randomness comes from: a number, nothing else. Equal seeds give equal results on every
/// machine, for any number of threads and any batch size.
struct Seed {
    std::uint64_t value = 0;

    /// An independent seed for part `index` of a composite (the operators of a feature map, say):
    /// the first 64 bits of Philox at the counter (index, 0, 0, 2^32 - 1), which no `RandomStream`
    /// uses.
    [[nodiscard]] Seed child(std::uint32_t index) const;

    bool operator==(const Seed&) const = default;
};

/// The random entries of one operator. Entry (i, j) is a pure function of (seed, operator, i, j):
/// Philox4x32-10 (Salmon et al. 2011) with the seed as key and (operator, i, block of j) as
/// counter. Nothing is stored, no call changes anything, and any block can be drawn on its own.
///
/// The four words of the counter, from the first:
///
///     block mod 2^32 | block / 2^32 + 2^8 attempt + 2^16 (i / 2^32) | i mod 2^32 | operator
///
/// where attempt (below 2^8) counts rejections and is 0 elsewhere. Rows i are below 2^48, columns j
/// below 2^40; both are checked by assertion only.
///
/// All kinds of entries are drawn from the same words: give each operator that must be independent
/// of another its own operator number.
class RandomStream {
  public:
    /// @throws InvalidArgument for operator number 2^32 - 1, which belongs to `Seed::child`.
    RandomStream(Seed seed, std::uint32_t operator_number);

    /// The raw block of four words number `block` in row i.
    [[nodiscard]] std::array<std::uint32_t, 4> words(Index i, Index block) const;

    /// Uniform words: out[k] is word (i, first_column + k), word (i, j) being number j % 4 of block
    /// j / 4.
    void fill_words(Index i, Index first_column, std::span<std::uint32_t> out) const;

    /// Signs +1 and -1 with probability 1/2: the sign of (i, j) is bit j % 32 (set: -1) of word
    /// (i, j / 32), so one block of the generator gives 128 signs.
    void fill_signs(Index i, Index first_column, std::span<float> out) const;

    /// Independent standard normal numbers: columns 4b to 4b + 3 of row i are made from block b by
    /// two Box-Muller transforms, with the library's own logarithm, sine and cosine, so that the
    /// bits do not depend on the C library. The largest magnitude possible is sqrt(66 ln 2) = 6.8.
    void fill_normal(Index i, Index first_column, std::span<float> out) const;

    /// Uniform in {0, ..., bound - 1}, exactly: the multiplication with rejection of Lemire (2019)
    /// on 64-bit words, word (i, j) being half j % 2 of block j / 2; no modulo bias.
    /// @throws InvalidArgument if bound < 1.
    [[nodiscard]] Index uniform_index(Index i, Index j, Index bound) const;

    /// Uniform in [0, 1) on the multiples of 2^-53, from the upper bits of 64-bit word (i, j).
    [[nodiscard]] double uniform(Index i, Index j) const;

    [[nodiscard]] Seed seed() const { return seed_; }
    [[nodiscard]] std::uint32_t operator_number() const { return operator_number_; }

    bool operator==(const RandomStream&) const = default;

  private:
    Seed seed_;
    std::uint32_t operator_number_;
};

}  // namespace sketchntk
