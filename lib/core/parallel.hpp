#pragma once

#include <sketchntk/core/execution.hpp>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cstddef>

namespace sketchntk {

/// Calls `body(i)` for every i in [0, count), on the threads that `execution` allows, in any order.
///
/// For results that do not depend on the number of threads, each call must write only what belongs
/// to its own i, and what belongs to i must not depend on who computes it.
/// @throws Interrupted between two calls once `execution.stop` is set.
template <typename Body>
void parallel_for(const Execution& execution, Index count, const Body& body) {
    if (count <= 0) return;
    const int threads = thread_count(execution);
    if (threads == 1 || count == 1) {
        for (Index i = 0; i < count; ++i) {
            execution.check_stop();
            body(i);
        }
        return;
    }
    const auto loop = [&] {
        oneapi::tbb::parallel_for(
            oneapi::tbb::blocked_range<Index>(0, count, 1),
            [&](const oneapi::tbb::blocked_range<Index>& range) {
                execution.check_stop();
                for (Index i = range.begin(); i != range.end(); ++i) body(i);
            },
            oneapi::tbb::simple_partitioner{});
    };
    // It takes longer to make an arena, and for workers to come to it, than a short loop lasts.
    if (threads == oneapi::tbb::this_task_arena::max_concurrency()) {
        oneapi::tbb::this_task_arena::isolate(loop);
        return;
    }
    // More threads than processors are allowed only where asked for.
    const oneapi::tbb::global_control at_least(
        oneapi::tbb::global_control::max_allowed_parallelism,
        static_cast<std::size_t>(std::max(threads, oneapi::tbb::info::default_concurrency())));
    oneapi::tbb::task_arena arena(threads);
    arena.execute(loop);
}

}  // namespace sketchntk
