// The map ntksketch on one thread against what it cannot do without: the bare PolynomialSketch of
// the same size, applied to rows that already have unit length.

#include "bare_products.hpp"

#include <sketchntk/features/ntk_polynomial_sketch.hpp>
#include <sketchntk/sketches/polynomial_sketch.hpp>

#include <benchmark/benchmark.h>

#include <vector>

namespace sketchntk::bench {

namespace {

constexpr Index rows = 2048;
const Execution one_thread{.threads = 1};

void ntk_sketch(benchmark::State& state) {
    const Index inputs = state.range(0), features = state.range(1);
    const NtkPolynomialSketch map(fully_connected_network(3), KernelKind::ntk, false, {}, features,
                                  Seed{1}, inputs);
    std::vector<double> coefficients = map.coefficients();
    if (map.linear_columns() > 0) coefficients[1] = 0;
    const sketches::PolynomialSketch::Plan sketch(
        sketches::PolynomialSketch(inputs, features - map.linear_columns(), coefficients, Seed{1}));
    const Matrix<float> x = normal_matrix(rows, inputs, 1);
    Matrix<float> unit = x;
    as_eigen(unit).rowwise().normalize();
    Matrix<float> z(rows, features);
    Matrix<float> sketched(rows, features - map.linear_columns());
    map.transform(x.view(), z.view(), one_thread);
    std::vector<double> whole, bare;
    for (auto _ : state) {
        bare.push_back(seconds_of([&] { sketch.apply(unit.view(), sketched.view(), one_thread); }));
        whole.push_back(seconds_of([&] { map.transform(x.view(), z.view(), one_thread); }));
        state.SetIterationTime(whole.back());
    }
    state.counters["us_per_row"] = 1e6 * median(whole) / rows;
    state.counters["map_over_bare_sketch"] = median(whole) / median(bare);
}
BENCHMARK(ntk_sketch)
    ->ArgNames({"inputs", "features"})
    ->ArgsProduct({{9, 100, 1000}, {512, 2048, 8192}})
    ->Iterations(9)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
