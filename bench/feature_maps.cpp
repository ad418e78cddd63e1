// Feature maps on one thread against their floors: the matrix products and transforms that the
// method cannot do without, bare and in the same tiles, and one pass over the features. (ntksketch
// and zonal have files of their own.)

#include "bare_products.hpp"
#include "cached_block.hpp"
#include "core/blas.hpp"

#include <sketchntk/features/gradient_features.hpp>
#include <sketchntk/features/ntk_random_features.hpp>
#include <sketchntk/features/nystrom.hpp>
#include <sketchntk/features/random_fourier_features.hpp>
#include <sketchntk/sketches/hadamard_directions.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

namespace sketchntk::bench {

namespace {

constexpr Index rows = 4096;
constexpr Index tile = 256;
constexpr Index depth = 3;
const Execution one_thread{.threads = 1};

// rows x inner times inner x columns, in tiles of rows.
double product_seconds(Index inner, Index columns) {
    const Matrix<float> x = normal_matrix(tile, inner, 1);
    const Matrix<float> w = normal_matrix(columns, inner, 2);
    Matrix<float> out(tile, columns);
    return seconds_of([&] {
        for (Index i = 0; i < rows; i += tile) multiply_transposed<float>(x, w, out);
    });
}

// An upper triangular matrix needs half of the product, in blocks of columns.
double triangular_seconds(Index side) {
    constexpr Index block = 512;
    double sum = 0;
    for (Index column = 0; column < side; column += block) {
        const Index count = std::min(block, side - column);
        sum += product_seconds(column + count, count);
    }
    return sum;
}

double recursion_seconds(Index entries_of_row) {
    CachedBlock cached(depth, false);
    return seconds_of([&] {
        for (Index k = 0; k < rows * entries_of_row / CachedBlock::entries; ++k)
            cached.compute_row();
    });
}

double nystrom_floor(Index inputs, Index features) {
    return product_seconds(inputs, features) + recursion_seconds(features) +
           triangular_seconds(features);
}

double direction_seconds(Index inputs, Index count) {
    // What `DirectionLaw::automatic` does.
    if (inputs < 256) return product_seconds(inputs, count);
    const sketches::HadamardDirections::Plan plan(
        sketches::HadamardDirections(inputs, count, false, Seed{1}));
    const Matrix<float> x = normal_matrix(tile, inputs, 1);
    Matrix<float> out(tile, count);
    return seconds_of([&] {
        for (Index i = 0; i < rows; i += tile) plan.apply(x, out, one_thread);
    });
}

double tensor_seconds(Index first, Index second, Index outputs) {
    const sketches::TensorSrht::Plan plan(sketches::TensorSrht(
        first, second, outputs, {.sampling = sketches::TensorSampling::balanced}, Seed{1}));
    const Matrix<float> x = normal_matrix(tile, first, 1);
    const Matrix<float> y = normal_matrix(tile, second, 2);
    Matrix<float> out(tile, outputs);
    auto workspace = plan.workspace();
    return seconds_of([&] {
        for (Index i = 0; i < rows; i += tile) plan.apply(x, y, out, 1.0F, workspace);
    });
}

double ntkrf_floor(Index inputs, Index features) {
    const NtkRandomFeatureWidths widths = NtkRandomFeatures::default_widths(
        fully_connected_network(depth), KernelKind::ntk, features, {});
    double sum = 0;
    Index phi = inputs;
    Index psi = inputs;
    for (Index layer = 1; layer <= depth; ++layer) {
        const Index relu = layer == depth ? widths.last_relu : widths.hidden_relu;
        const Index tensor = layer == depth ? widths.last_tensor : widths.hidden_tensor;
        sum += direction_seconds(phi, relu) + direction_seconds(phi, widths.step) +
               tensor_seconds(psi, widths.step, tensor);
        phi = relu;
        psi = relu + tensor;
    }
    return sum;
}

double fourier_floor(Index inputs, Index features) {
    return product_seconds(inputs, features / 2);
}

double gradient_floor(Index inputs, Index features) {
    const Index width =
        GradientFeatures(fully_connected_network(depth), features, Seed{1}, inputs).width();
    // There and back, between the hidden layers and from the input.
    return product_seconds(inputs, width) + 2 * (depth - 1) * product_seconds(width, width);
}

using Floor = double (*)(Index inputs, Index features);

void measure(benchmark::State& state, const FeatureMap& map, Floor floor_of_map) {
    use_blas_on_one_thread();
    const Matrix<float> x = normal_matrix(rows, map.inputs(), 5);
    Matrix<float> out(rows, map.features());
    map.transform(x, out, one_thread);
    std::vector<double> whole;
    std::vector<double> floors;
    for (auto _ : state) {
        whole.push_back(seconds_of([&] { map.transform(x, out, one_thread); }));
        floors.push_back(floor_of_map(map.inputs(), state.range(1)) + pass_seconds(out));
        state.SetIterationTime(whole.back());
    }
    state.counters["microseconds_per_row"] = 1e6 * median(whole) / rows;
    state.counters["time_over_floor"] = median(whole) / median(floors);
}

void nystrom(benchmark::State& state) {
    const Index inputs = state.range(0), features = state.range(1);
    measure(state,
            NystromFeatures(fully_connected_network(depth), KernelKind::ntk, features, features,
                            inputs, normal_matrix(features, inputs, 6)),
            nystrom_floor);
}

void ntkrf(benchmark::State& state) {
    measure(state,
            NtkRandomFeatures(fully_connected_network(depth), KernelKind::ntk, state.range(1), {},
                              Seed{1}, state.range(0)),
            ntkrf_floor);
}

void random_fourier(benchmark::State& state) {
    measure(state,
            RandomFourierFeatures(ShiftInvariantKernel::gauss, 0, state.range(1), Seed{1},
                                  state.range(0)),
            fourier_floor);
}

void gradient(benchmark::State& state) {
    measure(
        state,
        GradientFeatures(fully_connected_network(depth), state.range(1), Seed{1}, state.range(0)),
        gradient_floor);
}

void sizes(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"inputs", "features"})
        ->ArgsProduct({{9, 784}, {1024, 4096}})
        ->Iterations(7)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}
BENCHMARK(nystrom)->Apply(sizes);
BENCHMARK(ntkrf)->Apply(sizes);
BENCHMARK(random_fourier)->Apply(sizes);
BENCHMARK(gradient)->Apply(sizes);

}  // namespace

}  // namespace sketchntk::bench
