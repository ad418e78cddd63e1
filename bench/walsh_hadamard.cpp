// The Walsh-Hadamard transform of rows in the second-level cache and in memory, against a copy of
// the same bytes and, where the build was given its directory, against FFHT (Andoni et al. 2015).

#include "bare_products.hpp"
#include "core/parallel.hpp"

#include <sketchntk/sketches/walsh_hadamard.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#ifdef SKETCHNTK_HAS_FFHT
#include <fht.h>
#endif

namespace sketchntk::bench {

namespace {

constexpr Index cached_bytes = Index{1} << 16;
constexpr Index memory_bytes = Index{1} << 28;

/// Calls `body(first, count)` for each thread's share of the rows: what a caller does who has
/// threads, and a function for one thread.
template <typename Body>
void share_rows(Index rows, const Execution& execution, const Body& body) {
    const Index share = (rows + execution.threads - 1) / execution.threads;
    parallel_for(execution, execution.threads, [&](Index thread) {
        const Index first = std::min(rows, thread * share);
        body(first, std::min(share, rows - first));
    });
}

/// Seconds of one of several calls.
template <typename Body>
double seconds_of_each(Index calls, const Body& body) {
    return seconds_of([&] {
               for (Index k = 0; k < calls; ++k) {
                   body();
                   benchmark::ClobberMemory();
               }
           }) /
           static_cast<double>(calls);
}

void copy(MatrixView<const float> from, MatrixView<float> to, const Execution& execution) {
    share_rows(from.rows(), execution, [&](Index first, Index count) {
        const auto entries = static_cast<std::size_t>(count * from.columns());
        std::memcpy(to.row(first).data(), from.row(first).data(), entries * sizeof(float));
    });
}

#ifdef SKETCHNTK_HAS_FFHT
void transform_by_ffht(MatrixView<float> rows, const Execution& execution) {
    const int logarithm = std::countr_zero(static_cast<std::size_t>(rows.columns()));
    share_rows(rows.rows(), execution, [&](Index first, Index count) {
        for (Index i = first; i < first + count; ++i) fht_float(rows.row(i).data(), logarithm);
    });
}
#endif

void walsh_hadamard(benchmark::State& state) {
    const Index length = state.range(0);
    const Index bytes = state.range(1);
    const Execution execution{.threads = static_cast<int>(state.range(2))};
    const Index calls = std::max<Index>(1, (Index{1} << 26) / bytes);
    // Zeros, because other numbers would grow from call to call; the time is the same.
    Matrix<float> rows(bytes / static_cast<Index>(sizeof(float)) / length, length);
    Matrix<float> copied(rows.rows(), length);
    std::vector<double> seconds, over_copy, over_ffht;
    for (auto _ : state) {
        seconds.push_back(seconds_of_each(
            calls, [&] { sketches::walsh_hadamard_transform_rows(rows, execution); }));
        state.SetIterationTime(seconds.back());
        over_copy.push_back(seconds.back() /
                            seconds_of_each(calls, [&] { copy(rows, copied, execution); }));
#ifdef SKETCHNTK_HAS_FFHT
        over_ffht.push_back(seconds.back() /
                            seconds_of_each(calls, [&] { transform_by_ffht(rows, execution); }));
#endif
    }
    // Every number is read once and written once.
    state.counters["gigabytes_per_second"] = 2e-9 * static_cast<double>(bytes) / median(seconds);
    state.counters["time_over_copy"] = median(over_copy);
    if (!over_ffht.empty()) state.counters["time_over_ffht"] = median(over_ffht);
}
BENCHMARK(walsh_hadamard)
    ->ArgNames({"length", "bytes", "threads"})
    ->ArgsProduct({benchmark::CreateRange(256, 16384, 2), {cached_bytes}, {1}})
    ->ArgsProduct({benchmark::CreateRange(256, 16384, 2), {memory_bytes}, {1, 2}})
    ->Iterations(9)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace

}  // namespace sketchntk::bench
