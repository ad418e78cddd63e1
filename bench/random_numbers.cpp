// Random numbers on one thread: how many a second, and how much one costs in raw words of the
// generator.

#include "bare_products.hpp"

#include <sketchntk/core/random.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace sketchntk::bench {

namespace {

constexpr std::size_t row_length = 4096;
constexpr Index rows_per_iteration = 256;

template <typename Fill>
double seconds_of_rows(const Fill& fill) {
    return seconds_of([&] {
        for (Index i = 0; i < rows_per_iteration; ++i) fill(i);
    });
}

template <typename T, typename Fill>
void measure(benchmark::State& state, const Fill& fill) {
    const RandomStream stream(Seed{1}, 0);
    std::vector<T> numbers(row_length);
    std::vector<std::uint32_t> words(row_length);
    double number_seconds = 0;
    double word_seconds = 0;
    for (auto _ : state) {
        const double seconds = seconds_of_rows([&](Index i) {
            fill(stream, i, numbers);
            benchmark::ClobberMemory();
        });
        state.SetIterationTime(seconds);
        number_seconds += seconds;
        word_seconds += seconds_of_rows([&](Index i) {
            stream.fill_words(i, 0, words);
            benchmark::ClobberMemory();
        });
    }
    const double count = static_cast<double>(state.iterations()) *
                         static_cast<double>(rows_per_iteration) * static_cast<double>(row_length);
    state.counters["numbers_per_second"] = count / number_seconds;
    state.counters["cost_in_words"] = number_seconds / word_seconds;
}

void random_words(benchmark::State& state) {
    measure<std::uint32_t>(state, [](const RandomStream& stream, Index i, auto& out) {
        stream.fill_words(i, 0, out);
    });
}
void random_signs(benchmark::State& state) {
    measure<float>(state, [](const RandomStream& stream, Index i, auto& out) {
        stream.fill_signs(i, 0, out);
    });
}
void random_normals(benchmark::State& state) {
    measure<float>(state, [](const RandomStream& stream, Index i, auto& out) {
        stream.fill_normal(i, 0, out);
    });
}
BENCHMARK(random_words)->Iterations(100)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(random_signs)->Iterations(100)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(random_normals)->Iterations(20)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
