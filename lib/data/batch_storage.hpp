#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/batch.hpp>

#include <algorithm>
#include <string>

namespace sketchntk {

/// Throws InvalidArgument unless a batch of `most_rows` rows can be asked for.
inline void check_batch_size(Index most_rows) {
    if (most_rows < 1)
        throw InvalidArgument("most_rows: expected at least 1, got " + std::to_string(most_rows));
}

/// A matrix without rows, of `columns` columns, that reuses the memory of `earlier` if it can.
inline Matrix<double> without_rows(Matrix<double>&& earlier, Index columns) {
    if (earlier.columns() != columns) return {0, columns};
    earlier.resize_rows(0);
    return std::move(earlier);
}

/// The same with the inputs of an earlier batch.
inline Matrix<double> without_rows(Batch& earlier, Index columns) {
    auto* dense = std::get_if<Matrix<double>>(&earlier.inputs);
    return dense ? without_rows(std::move(*dense), columns) : Matrix<double>(0, columns);
}

/// Makes sure that `matrix` has a row number `row`. A batch grows by doubling, so that one that is
/// asked for with "all rows" takes no more memory than the data needs.
inline void grow_to_hold(Matrix<double>& matrix, Index row, Index most_rows) {
    constexpr Index first_rows = 1024;
    if (row < matrix.rows()) return;
    const Index rows = row > most_rows / 2 ? most_rows : std::max(first_rows, 2 * row);
    matrix.resize_rows(std::min(rows, most_rows));
}

}  // namespace sketchntk
