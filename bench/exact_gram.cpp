// The exact NTK Gram in float32 against its floor: the bare product of the rows in the same tiles,
// and the layer recursion on a block of entries that stays in the cache.

#include "bare_products.hpp"
#include "cached_block.hpp"
#include "core/parallel.hpp"

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>

namespace sketchntk::bench {

namespace {

constexpr Index rows = 8192;
constexpr Index block = CachedBlock::entries;
constexpr Index blocks = rows / block;
constexpr double lower_entries = static_cast<double>(rows) * static_cast<double>(rows + 1) / 2;
constexpr double all_entries = static_cast<double>(rows) * static_cast<double>(rows);

struct Pair {
    Index i;
    Index j;
};

std::vector<Pair> block_pairs(bool lower_only) {
    std::vector<Pair> pairs;
    for (Index i = 0; i < blocks; ++i)
        for (Index j = 0; j < (lower_only ? i + 1 : blocks); ++j) pairs.push_back({i, j});
    return pairs;
}

// X X^T in blocks of 256 x 256, written to the whole matrix.
double bare_product_seconds(MatrixView<const float> x, MatrixView<float> out, bool lower_only) {
    const std::vector<Pair> pairs = block_pairs(lower_only);
    return seconds_of([&] {
        parallel_for({}, static_cast<Index>(pairs.size()), [&](Index p) {
            const auto [i, j] = pairs[static_cast<std::size_t>(p)];
            multiply_transposed<float>(
                x.middle_rows(i * block, block), x.middle_rows(j * block, block),
                out.middle_rows(i * block, block).middle_columns(j * block, block));
        });
    });
}

// The same product in one strip of rows for each thread, the best a matrix library can do.
double strip_product_seconds(MatrixView<const float> x, MatrixView<float> out) {
    const Index strips = thread_count({});
    return seconds_of([&] {
        parallel_for({}, strips, [&](Index strip) {
            const Index first = strip * rows / strips;
            const Index count = (strip + 1) * rows / strips - first;
            multiply_transposed<float>(x.middle_rows(first, count), x,
                                       out.middle_rows(first, count));
        });
    });
}

// Seconds an entry, all threads together.
double elementwise_seconds(Index depth, bool bias) {
    constexpr Index repetitions = 64;
    const Index threads = thread_count({});
    const double seconds = seconds_of([&] {
        parallel_for({}, threads, [&](Index) {
            CachedBlock cached(depth, bias);
            for (Index row = 0; row < repetitions * block; ++row) cached.compute_row();
        });
    });
    return seconds / static_cast<double>(threads * repetitions * block * block);
}

void exact_gram(benchmark::State& state) {
    const Index inputs = state.range(0);
    const Index depth = state.range(1);
    const bool bias = state.range(2) != 0;
    const Network network = fully_connected_network(depth, Dense{.b_std = bias ? 0.5 : 0.0});
    const Matrix<float> x = normal_matrix(rows, inputs, 1);
    const FullyConnectedKernel<float> kernel(network, KernelKind::ntk, x.view());
    Matrix<float> out(rows, rows);
    gram<float>(kernel, out.view());

    double gram_seconds = 0;
    double product_seconds = 0;
    double bare_seconds = 0;
    double strip_seconds = 0;
    double entry_seconds = 0;
    for (auto _ : state) {
        const double seconds = seconds_of([&] { gram<float>(kernel, out.view()); });
        state.SetIterationTime(seconds);
        gram_seconds += seconds;
        product_seconds += bare_product_seconds(x, out, true);
        bare_seconds += bare_product_seconds(x, out, false);
        strip_seconds += strip_product_seconds(x, out);
        entry_seconds += elementwise_seconds(depth, bias);
    }
    const double floor = product_seconds + lower_entries * entry_seconds;
    const auto iterations = static_cast<double>(state.iterations());
    state.counters["entries_per_second"] = iterations * all_entries / gram_seconds;
    state.counters["time_over_floor"] = gram_seconds / floor;
    state.counters["rate_over_bare_tiles"] = bare_seconds / gram_seconds;
    state.counters["rate_over_bare_strips"] = strip_seconds / gram_seconds;
    state.counters["elementwise_part_of_floor"] = lower_entries * entry_seconds / floor;
}
BENCHMARK(exact_gram)
    ->ArgNames({"d", "depth", "bias"})
    ->ArgsProduct({{9, 784}, {1, 3}, {0}})
    ->Args({9, 3, 1})
    ->Args({784, 3, 1})
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
