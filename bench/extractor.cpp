// What the Python package calls for `transform`, from C++: features of rows in batches, into a
// matrix that each call makes. bench/python/overhead.py compares the two.

#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/model/feature_extractor.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

namespace sketchntk::bench {

namespace {

constexpr Index columns = 9;
constexpr Index batch_rows = 4096;

FeatureExtractor random_features(Index features) {
    Schema schema;
    for (Index j = 0; j < columns; ++j) schema.inputs.push_back({std::to_string(j + 1), {}});
    Standardiser standardiser = Standardiser::identity(schema.input_names());
    FeatureMapConfiguration configuration;
    configuration.network = fully_connected_network(3);
    configuration.features = features;
    return {std::move(schema), std::move(standardiser), std::move(configuration)};
}

// Rows as an array, copied into batches as the package does.
void extractor_transform(benchmark::State& state) {
    const Index rows = state.range(0);
    const FeatureExtractor extractor = random_features(state.range(1));
    Matrix<double> x(rows, columns);
    for (Index k = 0; k < rows * columns; ++k) x.data()[k] = std::sin(static_cast<double>(k));
    for (auto _ : state) {
        // Not written before: NumPy hands out memory like this.
        const auto memory = std::make_unique_for_overwrite<float[]>(
            static_cast<std::size_t>(rows * extractor.features()));
        const MatrixView<float> out(memory.get(), rows, extractor.features());
        for (Index first = 0; first < rows; first += batch_rows) {
            const Index count = std::min(batch_rows, rows - first);
            Matrix<double> part(count, columns);
            std::copy_n(x.row(first).data(), count * columns, part.data());
            Batch batch{.first_row = first, .inputs = std::move(part), .targets = {count, 0}};
            extractor.transform(batch, out.middle_rows(first, count));
        }
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(extractor_transform)->Args({40'000, 1024})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

}  // namespace sketchntk::bench
