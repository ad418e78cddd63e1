#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>

#include <span>
#include <string>
#include <string_view>

namespace sketchntk::sketches {

/// The largest input or output dimension of a dense operator, and the largest number of columns of
/// sparse rows.
inline constexpr Index largest_dimension = Index{1} << 30;
inline constexpr Index largest_sparse_dimension = Index{1} << 40;
/// The most entries that an operator may have if they are ever held in memory.
inline constexpr Index most_entries = Index{1} << 40;

/// `value` if it is from `least` to `most`.
/// @throws InvalidArgument naming the argument and the accepted range otherwise.
Index checked_dimension(std::string_view argument, Index value, Index least = 1,
                        Index most = largest_dimension);

/// @throws DimensionMismatch unless x is r x inputs and out r x outputs.
void check_shapes(Index rows, Index columns, MatrixView<const float> out, Index inputs,
                  Index outputs);

/// @throws InvalidArgument naming row and column (counted from 1, `first_row` being the number of
/// the view's first row from 0) of the first value that is not finite.
void check_finite(MatrixView<const float> x, Index first_row = 0);
void check_finite(const SparseRowsView& x, Index first_row = 0);

/// @throws InvalidArgument naming the row whose columns are not ascending and below x.columns().
void check_columns(const SparseRowsView& x, Index first_row = 0);

/// What a tile of rows has to pass before it is sketched: `check_finite`, and `check_columns` where
/// rows are sparse.
void check_rows(MatrixView<const float> x, Index first_row = 0);
void check_rows(const SparseRowsView& x, Index first_row = 0);

/// @throws DimensionMismatch unless `vector` has `dimension` entries.
void check_length(std::string_view argument, std::span<const float> vector, Index dimension);

/// @throws NumericalError naming the first row, counted from `first_row`, whose sketch has left the
///   range of float32, as that of a power of finite numbers may.
void check_powers(MatrixView<const float> out, Index first_row, Index degree);

/// @throws InvalidArgument if a block does not lie inside the transposed operator, inputs x
/// outputs.
void check_block(Index first_input, Index first_output, MatrixView<const float> block, Index inputs,
                 Index outputs);

}  // namespace sketchntk::sketches
