#pragma once

#include "sketches/hashed_columns.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>

#include <vector>

namespace sketchntk::sketches {

/// The random matrix of a sparse sign embedding (Nelson and Nguyen 2013, block construction of Kane
/// and Nelson 2014): every column has s entries +-1/sqrt(s), one in each of s contiguous blocks of
/// outputs. With s = 1 it is that of a CountSketch.
///
/// Nothing is drawn beforehand and nothing is kept: the columns that a tile of rows needs are
/// hashed while it is worked on. Sums run in the order of the columns, for dense and sparse rows
/// alike.
class SparseSignMatrix {
  public:
    /// @throws InvalidArgument unless 1 <= inputs <= 2^40, 1 <= outputs <= 2^30 and
    ///   1 <= nonzeros <= min(outputs, 64).
    SparseSignMatrix(Index inputs, Index outputs, Index nonzeros, Seed seed);

    /// The largest number of entries of a column: min(outputs, 64), at least 1.
    [[nodiscard]] static Index most_nonzeros(Index outputs);

    void apply(MatrixView<const float> x, MatrixView<float> out, const Execution& execution) const;
    void apply(const SparseRowsView& x, MatrixView<float> out, const Execution& execution) const;

    /// block(a, b) = S(first_output + b, first_input + a)
    void fill(Index first_input, Index first_output, MatrixView<float> block) const;

    /// Sum over the blocks of (1/s^2) (|x|^2 |y|^2 + <x,y>^2 - 2 sum_p x_p^2 y_p^2) / outputs in
    /// it.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    /// Additions and multiplications for dense rows.
    [[nodiscard]] double flops(Index rows) const;

  private:
    /// The columns that are hashed together, and where their entries go.
    class Entries;

    /// @param first_row number of the first row of x, for messages
    void apply_together(MatrixView<const float> x, Index first_row, MatrixView<float> out) const;
    void apply_single(std::span<const float> x, std::span<float> out) const;
    void apply_sparse(const SparseRowsView& x, MatrixView<float> out) const;

    Index inputs_;
    Index outputs_;
    Index nonzeros_;
    HashedColumns columns_;
};

}  // namespace sketchntk::sketches
