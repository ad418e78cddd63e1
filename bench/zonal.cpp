// Zonal features on one thread against their floor: the product of the rows with the directions,
// the products of the exact harmonics, and one pass over the features.

#include "bare_products.hpp"
#include "core/blas.hpp"

#include <sketchntk/features/zonal_features.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>

namespace sketchntk::bench {

namespace {

constexpr Index rows = 4096;
constexpr Index tile = 256;

// The products that the layout asks for, in tiles of rows as the map makes them.
double product_seconds(const ZonalLayout& layout, Index inputs) {
    std::vector<Index> exact;
    for (std::size_t l = 3; l < layout.exact.size(); ++l)
        if (layout.exact[l] > 0) exact.push_back(layout.exact[l]);
    const Matrix<float> x = normal_matrix(tile, inputs, 1);
    const Index directions = std::max<Index>(1, std::max(layout.even, layout.odd));
    const Matrix<float> w = normal_matrix(directions, inputs, 2);
    Matrix<float> out(tile, directions);
    const double random = seconds_of([&] {
        for (Index i = 0; i < rows; i += tile) multiply_transposed<float>(x, w, out);
    });
    double harmonics = 0;
    for (const Index count : exact) {
        const Matrix<float> points = normal_matrix(count, inputs, 3);
        const Matrix<float> square = normal_matrix(count, count, 4);
        Matrix<float> values(tile, count);
        Matrix<float> result(tile, count);
        harmonics += seconds_of([&] {
            for (Index i = 0; i < rows; i += tile) {
                multiply_transposed<float>(x, points, values);
                multiply_transposed<float>(values, square, result);
            }
        });
    }
    return random + harmonics;
}

void zonal(benchmark::State& state) {
    use_blas_on_one_thread();
    const Index inputs = state.range(0);
    ZonalOptions options;
    if (state.range(3) >= 0) options.degrees.exact = state.range(3);
    const ZonalFeatures map(fully_connected_network(state.range(2)), KernelKind::ntk,
                            state.range(1), options, Seed{1}, inputs);
    const Matrix<float> x = normal_matrix(rows, inputs, 5);
    Matrix<float> out(rows, map.features());
    map.transform(x, out, {.threads = 1});
    double seconds = 0;
    double floor = 0;
    for (auto _ : state) {
        const double one = seconds_of([&] { map.transform(x, out, {.threads = 1}); });
        state.SetIterationTime(one);
        seconds += one;
        floor += product_seconds(map.layout(), inputs) + pass_seconds(out);
    }
    state.counters["exact_degree"] = static_cast<double>(map.layout().exact_degree);
    state.counters["degree"] = static_cast<double>(map.layout().degree);
    state.counters["microseconds_per_row"] =
        1e6 * seconds / static_cast<double>(state.iterations() * rows);
    state.counters["time_over_floor"] = seconds / floor;
}
BENCHMARK(zonal)
    ->ArgNames({"inputs", "features", "depth", "exact"})
    ->ArgsProduct({{9, 32, 784}, {1024, 4096}, {1, 3}, {-1}})
    ->Args({9, 1024, 3, 2})
    ->Args({9, 4096, 3, 2})
    ->Args({32, 4096, 3, 1})
    ->Iterations(7)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
