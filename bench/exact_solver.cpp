// A step of conjugate gradients on a kernel whose tiles are kept, against reading as many bytes,
// and one that computes them again, against computing them alone.

#include "bare_products.hpp"
#include "core/parallel.hpp"
#include "solve/kernel_product.hpp"

#include <sketchntk/kernels/fully_connected.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace sketchntk::bench {

namespace {

constexpr Index rows = 16384;
constexpr Index edge = 512;
constexpr Index lower_tiles = (rows / edge) * (rows / edge + 1) / 2;

// The tiles of the lower triangle, each computed into a buffer and forgotten.
double forming_seconds(const KernelTiles<float>& kernel) {
    std::vector<std::pair<Index, Index>> tiles;
    for (Index i = 0; i < rows / edge; ++i)
        for (Index j = 0; j <= i; ++j) tiles.emplace_back(i, j);
    return seconds_of([&] {
        parallel_for({}, lower_tiles, [&](Index t) {
            thread_local Matrix<float> buffer(edge, edge);
            const auto [i, j] = tiles[static_cast<std::size_t>(t)];
            kernel.tile(i * edge, j * edge, buffer.view());
        });
    });
}

// As many floats as the tiles have, summed.
double reading_seconds(const std::vector<float>& numbers) {
    constexpr Index strips = 64;
    std::vector<float> sums(strips);
    const auto length = static_cast<Index>(numbers.size()) / strips;
    const double seconds = seconds_of([&] {
        parallel_for({}, strips, [&](Index strip) {
            constexpr Index lanes = 64;
            float lane[lanes] = {};
            const float* from = numbers.data() + strip * length;
            for (Index j = 0; j + lanes <= length; j += lanes)
                for (Index k = 0; k < lanes; ++k) lane[k] += from[j + k];
            sums[static_cast<std::size_t>(strip)] = std::accumulate(lane, lane + lanes, 0.0F);
        });
    });
    benchmark::DoNotOptimize(sums.data());
    return seconds;
}

void kernel_step(benchmark::State& state) {
    const Index vectors = state.range(0);
    const bool kept = state.range(1) != 0;
    const Network network = fully_connected_network(3);
    const Matrix<float> x = normal_matrix(rows, 9, 1);
    const FullyConnectedKernel<float> kernel(network, KernelKind::ntk, x.view());
    SymmetricProduct product(kernel, kept ? SymmetricProduct::bytes_of_tiles(rows) : 0);
    const Matrix<double> v = widened(normal_matrix(vectors, rows, 2));
    const std::vector<float> numbers(kept ? static_cast<std::size_t>(lower_tiles * edge * edge) : 0,
                                     1.0F);
    benchmark::DoNotOptimize(product.multiply(v, {}).data());
    double seconds = 0;
    double floor = 0;
    double forming = 0;
    for (auto _ : state) {
        const double step =
            seconds_of([&] { benchmark::DoNotOptimize(product.multiply(v, {}).data()); });
        state.SetIterationTime(step);
        seconds += step;
        const double formed = forming_seconds(kernel);
        forming += formed;
        floor += kept ? reading_seconds(numbers) : formed;
    }
    state.counters["time_over_floor"] = seconds / floor;
    state.counters["time_over_forming"] = seconds / forming;
}
BENCHMARK(kernel_step)
    ->ArgNames({"vectors", "kept"})
    ->ArgsProduct({{1, 4, 16}, {0, 1}})
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
