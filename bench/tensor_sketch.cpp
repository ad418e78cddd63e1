// TensorSketch: on one thread against its Fourier transforms, and 10,000 rows on all threads for
// peers/polynomial_count_sketch.py.

#include "bare_products.hpp"

#include <sketchntk/sketches/tensor_sketch.hpp>

#include <benchmark/benchmark.h>

namespace sketchntk::bench {

namespace {

/// A transform for each factor and one back, for so many rows.
double transform_seconds(Index rows, Index outputs, Index degree) {
    const sketches::RealFourierTransform transform(outputs);
    AlignedVector<float> row(static_cast<std::size_t>(outputs), 1.0F);
    AlignedVector<std::complex<float>> spectrum(static_cast<std::size_t>(transform.frequencies()));
    return seconds_of([&] {
        for (Index i = 0; i < rows; ++i) {
            for (Index k = 0; k < degree; ++k) {
                transform.transform(row, spectrum);
                benchmark::ClobberMemory();
            }
            transform.inverse(spectrum, row);
            benchmark::ClobberMemory();
            std::fill(row.begin(), row.end(), 1.0F);
        }
    });
}

void tensor_sketch(benchmark::State& state) {
    constexpr Index rows = 512;
    const Index inputs = state.range(0);
    const Index outputs = state.range(1);
    const Index degree = state.range(2);
    const Matrix<float> x = normal_matrix(rows, inputs, 1);
    Matrix<float> out(rows, outputs);
    const sketches::TensorSketch sketch(inputs, outputs, degree, Seed{2});
    const sketches::TensorSketch::Plan plan(sketch);
    double sketch_seconds = 0;
    double floor_seconds = 0;
    for (auto _ : state) {
        const double seconds =
            seconds_of([&] { plan.apply(x, out.view(), Execution{.threads = 1}); });
        state.SetIterationTime(seconds);
        sketch_seconds += seconds;
        floor_seconds += transform_seconds(rows, outputs, degree);
    }
    const auto iterations = static_cast<double>(state.iterations());
    state.counters["microseconds_per_row"] =
        1e6 * sketch_seconds / (iterations * static_cast<double>(rows));
    state.counters["time_over_transforms"] = sketch_seconds / floor_seconds;
    state.counters["gigaflops"] = 1e-9 * iterations * sketch.flops(rows) / sketch_seconds;
}
BENCHMARK(tensor_sketch)
    ->ArgNames({"inputs", "outputs", "degree"})
    ->ArgsProduct({{100}, {1024, 4096}, {2, 4}})
    ->Args({100, 1000, 2})
    ->Args({10000, 1024, 2})
    ->Iterations(20)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void tensor_sketch_rows(benchmark::State& state) {
    constexpr Index rows = 10000, inputs = 100;
    const Index outputs = state.range(0);
    const Execution execution{.threads = static_cast<int>(state.range(2))};
    const Matrix<float> x = normal_matrix(rows, inputs, 1);
    Matrix<float> out(rows, outputs);
    const sketches::TensorSketch::Plan plan(
        sketches::TensorSketch(inputs, outputs, state.range(1), Seed{2}));
    for (auto _ : state) {
        state.SetIterationTime(seconds_of([&] { plan.apply(x, out.view(), execution); }));
    }
}
BENCHMARK(tensor_sketch_rows)
    ->ArgNames({"outputs", "degree", "threads"})
    ->ArgsProduct({{1024, 4096}, {2, 4}, {1, 2}})
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
