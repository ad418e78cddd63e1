#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstddef>

namespace sketchntk {

/// A symmetric matrix that is zero where |i - j| > half_width, with room for what the chase to
/// tridiagonal form fills in on its way.
///
/// Both halves of the band are stored, and 2 half_width rows and columns of zeros follow the last:
/// every block of half_width x half_width that the chase works on is then whole, and a column of
/// it is contiguous.
class SymmetricBand {
  public:
    /// A wider band makes the chase slower, a narrower one the matrix products before it: with 64
    /// the chase took twice the time and the products the same.
    static constexpr Index half_width = 32;
    /// From an entry to the one to its right.
    static constexpr Index column_step = 3 * half_width - 1;

    explicit SymmetricBand(Index size) : entries_(entry_count(size)), size_(size) {}

    [[nodiscard]] Index size() const { return size_; }
    /// Entry (i, j), -half_width <= i - j < 2 half_width; the one below it follows in memory.
    [[nodiscard]] double* at(Index i, Index j) {
        return entries_.data() + half_width + i + j * column_step;
    }
    /// Both (i, j) and (j, i), |i - j| <= half_width.
    void set(Index i, Index j, double value) {
        *at(i, j) = value;
        *at(j, i) = value;
    }

    /// Memory in bytes.
    [[nodiscard]] static Index bytes(Index size) {
        return static_cast<Index>(entry_count(size) * sizeof(double));
    }

  private:
    [[nodiscard]] static std::size_t entry_count(Index size) {
        return static_cast<std::size_t>((size + 2 * half_width) * 3 * half_width);
    }

    AlignedVector<double> entries_;
    Index size_;
};

}  // namespace sketchntk
