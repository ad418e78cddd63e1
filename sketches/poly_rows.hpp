#pragma once

#include "core/finite.hpp"
#include "core/parallel.hpp"
#include "sketches/checks.hpp"
#include "sketches/row_lanes.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <string>

namespace sketchntk::sketches {

/// Calls body(evaluation, first, count) for all rows, `row_lanes` or fewer at a time, on the
/// threads of `execution`; `make()` gives each task, which takes some hundred rows, its own
/// evaluation.
template <typename Make, typename Body>
void for_lanes_of_rows(const Execution& execution, Index rows, const Make& make, const Body& body) {
    constexpr Index rows_in_task = 8 * row_lanes;
    const Index tasks = (rows + rows_in_task - 1) / rows_in_task;
    parallel_for(execution, tasks, [&](Index task) {
        auto evaluation = make();
        const Index end = std::min((task + 1) * rows_in_task, rows);
        for (Index first = task * rows_in_task; first < end; first += row_lanes) {
            body(evaluation, first, std::min(row_lanes, end - first));
        }
    });
}

/// @throws InvalidArgument for a number that is not finite or columns that do not ascend.
inline void check_rows(MatrixView<const float> rows, Index first_row) {
    check_finite(rows, first_row);
}
inline void check_rows(const SparseRowsView& rows, Index first_row) {
    check_columns(rows, first_row);
    check_finite(rows, first_row);
}

/// @throws NumericalError if a power of a row's entries has left the range of float32.
inline void check_powers(MatrixView<const float> out, Index first_row, Index degree) {
    for (Index i = 0; i < out.rows(); ++i) {
        if (all_finite(out.row(i))) continue;
        throw NumericalError("x: row " + std::to_string(first_row + i + 1) +
                             ": its sketch of degree " + std::to_string(degree) +
                             " is beyond float32; scale the rows");
    }
}

}  // namespace sketchntk::sketches
