// CountSketch and the sparse sign embedding on one thread: sparse rows against the reading of their
// entries and one block of the generator for every four of a column's, dense rows against their
// reading.

#include "bare_products.hpp"
#include "core/finite.hpp"
#include "core/philox_batch.hpp"

#include <sketchntk/sketches/sparse_sign_sketch.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace sketchntk::bench {

namespace {

using sketches::SparseSignSketch;

constexpr Index sparse_columns = 1'000'000;
constexpr Index sparse_rows = 1000;
constexpr std::array<Index, 4> lengths{10, 100, 1000, 10'000};
/// A measurement works on at least so many nonzeros.
constexpr Index least_nonzeros = 1'000'000;

/// Rows with the same number of nonzeros, one at a random place in each of as many stretches.
struct SparseRows {
    explicit SparseRows(Index length) {
        const RandomStream places(Seed{1}, 0);
        const Index stretch = sparse_columns / length;
        for (Index i = 0; i < sparse_rows; ++i) {
            for (Index k = 0; k < length; ++k) {
                columns.push_back(k * stretch + places.uniform_index(i, k, stretch));
            }
            starts.push_back(static_cast<Index>(columns.size()));
        }
        values.assign(columns.size(), 1.5F);
    }
    [[nodiscard]] SparseRowsView view() const { return {sparse_columns, starts, columns, values}; }

    std::vector<Index> starts{0};
    std::vector<std::int64_t> columns;
    std::vector<float> values;
};

/// Slope of the least-squares line through (log length, log seconds).
double slope_of(const std::array<double, lengths.size()>& seconds) {
    double mean_x = 0, mean_y = 0, product = 0, square = 0;
    const auto count = static_cast<double>(lengths.size());
    for (std::size_t k = 0; k < lengths.size(); ++k) {
        mean_x += std::log(static_cast<double>(lengths[k])) / count;
        mean_y += std::log(seconds[k]) / count;
    }
    for (std::size_t k = 0; k < lengths.size(); ++k) {
        const double x = std::log(static_cast<double>(lengths[k])) - mean_x;
        product += x * (std::log(seconds[k]) - mean_y);
        square += x * x;
    }
    return product / square;
}

/// Seconds for columns and values to be read and for so many blocks of the generator.
double floor_seconds(const SparseRows& rows, Index blocks_of_column) {
    PhiloxBatch batch;
    const auto columns = static_cast<Index>(rows.columns.size());
    return seconds_of([&] {
        std::int64_t sum = 0;
        for (const std::int64_t column : rows.columns) sum += column;
        benchmark::DoNotOptimize(sum);
        benchmark::DoNotOptimize(all_finite(rows.values));
        for (Index block = 0; block < columns * blocks_of_column; block += PhiloxBatch::size) {
            philox({1, 2, static_cast<std::uint64_t>(block)}, PhiloxBatch::size, batch);
            benchmark::DoNotOptimize(batch);
        }
    });
}

void sparse_sign_of_sparse_rows(benchmark::State& state) {
    const Index nonzeros = state.range(0);
    const Index outputs = state.range(1);
    const SparseSignSketch::Plan plan(SparseSignSketch(sparse_columns, outputs, nonzeros, Seed{1}));
    std::vector<SparseRows> rows;
    for (const Index length : lengths) rows.emplace_back(length);
    Matrix<float> out(sparse_rows, outputs);
    std::array<std::vector<double>, lengths.size()> samples;
    std::vector<double> over_floor;
    for (auto _ : state) {
        double all = 0;
        for (std::size_t k = 0; k < lengths.size(); ++k) {
            const Index repeats = std::max<Index>(1, least_nonzeros / (sparse_rows * lengths[k]));
            const double seconds = seconds_of([&] {
                for (Index r = 0; r < repeats; ++r) {
                    plan.apply(rows[k].view(), out, Execution{.threads = 1});
                }
            });
            samples[k].push_back(seconds / static_cast<double>(repeats * sparse_rows));
            all += seconds;
        }
        state.SetIterationTime(all);
        const double seconds = samples.back().back() * static_cast<double>(sparse_rows);
        over_floor.push_back(seconds / floor_seconds(rows.back(), (nonzeros + 3) / 4));
    }
    std::array<double, lengths.size()> seconds{};
    for (std::size_t k = 0; k < lengths.size(); ++k) {
        seconds[k] = median(samples[k]);
        state.counters["ns_per_nonzero_" + std::to_string(lengths[k])] =
            1e9 * seconds[k] / static_cast<double>(lengths[k]);
    }
    state.counters["slope"] = slope_of(seconds);
    state.counters["time_over_floor"] = median(over_floor);
}
BENCHMARK(sparse_sign_of_sparse_rows)
    ->ArgNames({"nonzeros", "outputs"})
    ->ArgsProduct({{1, 8}, {64, 256, 1024}})
    ->Iterations(5)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void sparse_sign_of_dense_rows(benchmark::State& state) {
    const Index nonzeros = state.range(0);
    const Index outputs = state.range(1);
    const Index inputs = state.range(2);
    const Matrix<float> x = normal_matrix(20'000'000 / inputs, inputs, 1);
    Matrix<float> out(x.rows(), outputs);
    const SparseSignSketch::Plan plan(SparseSignSketch(inputs, outputs, nonzeros, Seed{1}));
    const auto entries = static_cast<std::size_t>(x.rows() * inputs);
    std::vector<double> samples, over_reading;
    for (auto _ : state) {
        samples.push_back(seconds_of([&] { plan.apply(x, out, Execution{.threads = 1}); }));
        state.SetIterationTime(samples.back());
        const double reading = seconds_of([&] {
            benchmark::DoNotOptimize(all_finite({x.data(), entries}));
        });
        over_reading.push_back(samples.back() / reading);
    }
    state.counters["ns_per_entry"] = 1e9 * median(samples) / static_cast<double>(entries);
    state.counters["time_over_reading"] = median(over_reading);
}
BENCHMARK(sparse_sign_of_dense_rows)
    ->ArgNames({"nonzeros", "outputs", "inputs"})
    ->ArgsProduct({{1, 8}, {64, 1024}, {1000, 20'000}})
    ->Iterations(7)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
