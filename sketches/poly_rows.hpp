#pragma once

#include "core/parallel.hpp"
#include "sketches/checks.hpp"
#include "sketches/row_lanes.hpp"

#include <algorithm>

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

}  // namespace sketchntk::sketches
