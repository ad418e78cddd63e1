#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

#include <cstdint>
#include <span>

namespace sketchntk::sketches {

/// Where the nonzero entries of a sparse random matrix stand, and their signs, column by column:
/// each column has one entry in each of `nonzeros` contiguous blocks of the buckets, block k being
/// the buckets [k m / s, (k + 1) m / s) rounded down, at an independent uniform place of it and
/// with an independent sign. With one block it is the hash of a CountSketch.
///
/// Both are functions of the column's number, computed when asked for, so nothing is stored. Bucket
/// and sign of entry k in column j are the quotient and the remainder by 2 of one number uniform in
/// {0, ..., 2 m_k - 1}, made from a 32-bit word of the stream by multiplication with rejection
/// (Lemire 2019), so there is no bias. The word is number w j + k mod 4 of row hash_number + k / 4,
/// for w = 1, 2, 4 words that a column takes of a row: four columns share a block of the generator
/// where one entry a column is drawn.
///
/// Columns are below 2^40; checked by assertion only.
class HashedColumns {
  public:
    static constexpr Index most_nonzeros = 64;

    /// @param hash_number first row of the stream; several independent hashes share a stream
    ///   if their rows (`rows_of_stream`) differ
    /// @throws InvalidArgument unless 1 <= buckets < 2^31 and 1 <= nonzeros <= min(buckets, 64).
    HashedColumns(RandomStream stream, Index hash_number, Index buckets, Index nonzeros = 1);

    [[nodiscard]] Index nonzeros() const { return nonzeros_; }
    /// How many rows of the stream belong to one hash of so many nonzeros a column.
    [[nodiscard]] static Index rows_of_stream(Index nonzeros) { return (nonzeros + 3) / 4; }

    /// Buckets and signs (+1 or -1) of columns first_column, first_column + 1, ...: for n columns
    /// both spans have n * nonzeros entries, all columns of block 0 first, entry k n + c belonging
    /// to block k and column first_column + c.
    void fill(Index first_column, std::span<std::int32_t> buckets, std::span<float> signs) const;

    /// The same for any list of columns.
    void gather(std::span<const std::int64_t> columns, std::span<std::int32_t> buckets,
                std::span<float> signs) const;

  private:
    void fill_run(Index first_column, Index count, std::int32_t* buckets, float* signs) const;
    /// At most one batch of the generator; entries of block k go to buckets[k * stride + c].
    void gather_batch(std::span<const std::int64_t> columns, Index stride, std::int32_t* buckets,
                      float* signs) const;

    RandomStream stream_;
    Index hash_number_;
    Index buckets_;
    Index nonzeros_;
};

}  // namespace sketchntk::sketches
