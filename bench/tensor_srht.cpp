// TensorSRHT on one thread against its two Fourier transforms a row.

#include "bare_products.hpp"

#include <sketchntk/sketches/fourier.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <benchmark/benchmark.h>

namespace sketchntk::bench {

namespace {

constexpr Index rows = 1024;

double fourier_seconds(MatrixView<const float> factor) {
    using sketches::RealFourierTransform;
    const RealFourierTransform transform(RealFourierTransform::good_length(factor.columns()));
    AlignedVector<float> padded(static_cast<std::size_t>(transform.length()), 0.0F);
    AlignedVector<std::complex<float>> spectrum(static_cast<std::size_t>(transform.frequencies()));
    std::copy_n(factor.data(), factor.columns(), padded.begin());
    return seconds_of([&] {
        for (Index i = 0; i < rows; ++i) {
            transform.transform(padded, spectrum);
            benchmark::ClobberMemory();
        }
    });
}

void tensor_srht(benchmark::State& state) {
    const Index first = state.range(0);
    const Index second = state.range(1);
    const Index outputs = state.range(2);
    const Matrix<float> x = normal_matrix(rows, first, 1);
    const Matrix<float> y = normal_matrix(rows, second, 2);
    Matrix<float> out(rows, outputs);
    const sketches::TensorSrhtOptions options{
        .transform = state.range(3) == 0 ? sketches::TensorTransform::fourier
                                         : sketches::TensorTransform::hadamard};
    const sketches::TensorSrht::Plan plan(
        sketches::TensorSrht(first, second, outputs, options, Seed{3}));
    auto workspace = plan.workspace();
    double sketch_seconds = 0;
    double transform_seconds = 0;
    for (auto _ : state) {
        const double seconds = seconds_of([&] { plan.apply(x, y, out, 1.0F, workspace); });
        state.SetIterationTime(seconds);
        sketch_seconds += seconds;
        transform_seconds += fourier_seconds(x) + fourier_seconds(y);
    }
    state.counters["microseconds_per_row"] =
        1e6 * sketch_seconds / static_cast<double>(state.iterations() * rows);
    state.counters["time_over_transforms"] = sketch_seconds / transform_seconds;
}
// The products of ntkrf with 1,024 and 4,096 features in the second and the last layer.
BENCHMARK(tensor_srht)
    ->ArgNames({"first", "second", "outputs", "hadamard"})
    ->Args({1536, 512, 1024, 0})
    ->Args({1536, 512, 1024, 1})
    ->Args({1536, 512, 768, 0})
    ->Args({6144, 2048, 4096, 0})
    ->Args({6144, 2048, 4096, 1})
    ->Args({6144, 2048, 3072, 0})
    ->Iterations(5)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
