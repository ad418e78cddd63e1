// Fitting a model by streaming against its floor: the matrix products of the feature map and one
// symmetric update of the Gram, in the same tiles and chunks, and nothing else.

#include "bare_products.hpp"
#include "core/parallel.hpp"

#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/features/ntk_random_features.hpp>
#include <sketchntk/model/fit.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

namespace sketchntk::bench {

namespace {

constexpr Index rows = 40'000;
constexpr Index inputs = 9;
constexpr Index depth = 3;
constexpr Index map_tile = 256;
constexpr Index chunk_rows = 1024;
constexpr Index gram_tile = 512;

// Rows of normal numbers in memory; the target is a smooth function of them.
class NormalRows final : public RowReader {
  public:
    NormalRows() : values_(widened(normal_matrix(rows, inputs, 1))) {
        for (Index j = 0; j < inputs; ++j)
            schema_.inputs.push_back({std::string("x").append(std::to_string(j + 1)), {}});
        schema_.targets = {"y"};
    }

    [[nodiscard]] const Schema& schema() const override { return schema_; }
    [[nodiscard]] std::optional<Index> row_count() const override { return rows; }
    void rewind() override { next_row_ = 0; }

    [[nodiscard]] bool read(Index most_rows, Batch& batch) override {
        const Index count = std::min(most_rows, rows - next_row_);
        Matrix<double> x(count, inputs);
        batch.targets = Matrix<double>(count, 1);
        for (Index i = 0; i < count; ++i) {
            const auto row = std::as_const(values_).row(next_row_ + i);
            std::copy(row.begin(), row.end(), x.row(i).begin());
            batch.targets(i, 0) = row[0] * row[1] + std::sin(row[2]);
        }
        batch.first_row = next_row_;
        batch.inputs = std::move(x);
        next_row_ += count;
        return count > 0;
    }

  private:
    Schema schema_;
    Matrix<double> values_;
    Index next_row_ = 0;
};

// One product of the map: rows x depth times depth x width.
struct ProductShape {
    Index depth;
    Index width;
};

std::vector<ProductShape> map_products(Index features) {
    const NtkRandomFeatureWidths widths = NtkRandomFeatures::default_widths(
        fully_connected_network(depth), KernelKind::ntk, features, {});
    std::vector<ProductShape> shapes;
    Index phi = inputs;
    for (Index layer = 1; layer <= depth; ++layer) {
        const Index relu = layer == depth ? widths.last_relu : widths.hidden_relu;
        shapes.push_back({phi, relu + widths.step});
        phi = relu;
    }
    return shapes;
}

double map_product_seconds(Index features) {
    double seconds = 0;
    for (const auto& [product_depth, width] : map_products(features)) {
        const Matrix<float> phi = normal_matrix(map_tile, product_depth, 1);
        const Matrix<float> directions = normal_matrix(width, product_depth, 2);
        const Index threads = thread_count({});
        std::vector<Matrix<float>> projections(static_cast<std::size_t>(threads),
                                               Matrix<float>(map_tile, width));
        seconds += seconds_of([&] {
            parallel_for({}, threads, [&](Index thread) {
                for (Index first = thread * map_tile; first < rows; first += threads * map_tile)
                    multiply_transposed<float>(phi, directions,
                                               projections[static_cast<std::size_t>(thread)]);
            });
        });
    }
    return seconds;
}

double symmetric_update_seconds(Index features) {
    const Matrix<double> chunk = widened(normal_matrix(chunk_rows, features, 3));
    Matrix<double> gram(features, features);
    std::vector<std::pair<Index, Index>> tiles;
    for (Index i = 0; i < features; i += gram_tile)
        for (Index j = 0; j <= i; j += gram_tile) tiles.emplace_back(i, j);
    const auto update = [&](Index tile, Index count) {
        const auto [i, j] = tiles[static_cast<std::size_t>(tile)];
        const auto used = chunk.view().middle_rows(0, count);
        const auto left = as_eigen(used.middle_columns(i, gram_tile));
        auto sum = as_eigen(gram.view().middle_rows(i, gram_tile).middle_columns(j, gram_tile));
        if (i == j)
            sum.selfadjointView<Eigen::Lower>().rankUpdate(left.transpose());
        else
            sum.noalias() += left.transpose() * as_eigen(used.middle_columns(j, gram_tile));
    };
    return seconds_of([&] {
        for (Index first = 0; first < rows; first += chunk_rows)
            parallel_for({}, static_cast<Index>(tiles.size()),
                         [&](Index tile) { update(tile, std::min(chunk_rows, rows - first)); });
    });
}

void fit_floor(benchmark::State& state) {
    const Index features = state.range(0);
    FitOptions options;
    options.feature_map = {.map = "ntkrf",
                           .network = fully_connected_network(depth),
                           .features = features,
                           .seed = Seed{1}};
    // Directions with a matrix: the products are a floor of these only.
    set_map(options.feature_map, "ntkrf(directions=sphere)");
    NormalRows data;
    double map_seconds = 0;
    double accumulate_seconds = 0;
    double total_seconds = 0;
    double map_floor = 0;
    double update_floor = 0;
    for (auto _ : state) {
        const FitReport report = fit(data, options).report;
        state.SetIterationTime(report.total_seconds);
        map_seconds += report.feature_seconds;
        accumulate_seconds += report.accumulate_seconds;
        total_seconds += report.total_seconds;
        map_floor += map_product_seconds(features);
        update_floor += symmetric_update_seconds(features);
    }
    state.counters["streaming_over_floor"] =
        (map_seconds + accumulate_seconds) / (map_floor + update_floor);
    state.counters["fit_over_floor"] = total_seconds / (map_floor + update_floor);
    state.counters["map_over_products"] = map_seconds / map_floor;
    state.counters["accumulate_over_update"] = accumulate_seconds / update_floor;
    state.counters["floor_seconds"] =
        (map_floor + update_floor) / static_cast<double>(state.iterations());
}
BENCHMARK(fit_floor)
    ->ArgName("features")
    ->Arg(4096)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kSecond);

}  // namespace

}  // namespace sketchntk::bench
