#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

// Edge of the Gram's tiles: large enough for matrix products at full rate, small enough that there
// are tiles for several threads. A function of the shape alone: it shows in the last bits.
Index tile_edge(Index features) {
    const Index eighth = (features / 8 + 63) / 64 * 64;
    return std::clamp<Index>(eighth, 256, 1024);
}

struct Tile {
    Index row;
    Index column;
};

std::vector<Tile> lower_tiles(Index features, Index edge) {
    std::vector<Tile> tiles;
    for (Index row = 0; row < features; row += edge)
        for (Index column = 0; column <= row; column += edge) tiles.push_back({row, column});
    return tiles;
}

void add_tile(Tile tile, Index edge, const RowChunk& chunk, RidgeStatistics& statistics) {
    const Index features = statistics.feature_count();
    const Index height = std::min(edge, features - tile.row);
    const Index width = std::min(edge, features - tile.column);
    const auto rows = as_eigen(chunk.features().middle_columns(tile.row, height));
    auto sum = as_eigen(
        statistics.gram.view().middle_rows(tile.row, height).middle_columns(tile.column, width));
    if (tile.row != tile.column) {
        const auto columns = as_eigen(chunk.features().middle_columns(tile.column, width));
        sum.noalias() += rows.transpose() * columns;
        return;
    }
    sum.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
}

void add_to_gram(const RowChunk& chunk, RidgeStatistics& statistics, const Execution& execution) {
    const Index features = statistics.feature_count();
    const Index edge = tile_edge(features);
    const std::vector<Tile> tiles = lower_tiles(features, edge);
    if (statistics.gram.empty()) statistics.gram = Matrix<double>(features, features);
    parallel_for(execution, static_cast<Index>(tiles.size()), [&](Index i) {
        add_tile(tiles[static_cast<std::size_t>(i)], edge, chunk, statistics);
    });
}

// All but the Gram.
void add_to_sums(const RowChunk& chunk, RidgeStatistics& statistics, const Execution& execution) {
    const Index features = statistics.feature_count();
    const Index edge = tile_edge(features);
    const auto targets = chunk.targets_and_one();
    parallel_for(execution, (features + edge - 1) / edge, [&](Index strip) {
        const Index first = strip * edge;
        const Index height = std::min(edge, features - first);
        as_eigen(statistics.cross.view().middle_rows(first, height)).noalias() +=
            as_eigen(chunk.features().middle_columns(first, height)).transpose() *
            as_eigen(targets);
    });
    for (Index i = 0; i < chunk.rows(); ++i) {
        const double root_weight = targets(i, statistics.target_count());
        for (std::size_t j = 0; j < statistics.target_sums.size(); ++j) {
            const double y = targets(i, static_cast<Index>(j));
            statistics.target_sums[j] += root_weight * y;
            statistics.target_squares[j] += y * y;
        }
        statistics.weight += root_weight * root_weight;
    }
    statistics.rows += chunk.rows();
}

void add_chunk(RowChunk& chunk, RidgeStatistics& statistics, const Execution& execution) {
    add_to_gram(chunk, statistics, execution);
    add_to_sums(chunk, statistics, execution);
    chunk.clear();
}

template <typename Range>
void add_to(Range& sum, const Range& terms) {
    std::transform(sum.begin(), sum.end(), terms.begin(), sum.begin(), std::plus<>());
}

// Half a batch must not stay in the sums.
Execution without_stop(const Execution& execution) {
    return {.threads = execution.threads, .observer = execution.observer};
}

RidgeStatistics empty_statistics(Index features, Index targets) {
    if (features < 1)
        throw InvalidArgument("features: expected at least 1, got " + std::to_string(features));
    if (targets < 0)
        throw InvalidArgument("targets: expected 0 or more, got " + std::to_string(targets));
    const auto zeros = std::vector<double>(static_cast<std::size_t>(targets), 0.0);
    return {.rows = 0,
            .weight = 0,
            .gram = {},
            .cross = Matrix<double>(features, targets + 1),
            .target_sums = zeros,
            .target_squares = zeros};
}

}  // namespace

double RidgeStatistics::trace() const {
    double sum = 0.0;
    for (Index i = 0; i < gram.rows(); ++i) sum += gram(i, i);
    return sum;
}

RidgeAccumulator::RidgeAccumulator(Index features, Index targets)
    : RidgeAccumulator(empty_statistics(features, targets)) {}

RidgeAccumulator::RidgeAccumulator(RidgeStatistics statistics)
    : statistics_(std::move(statistics)),
      chunk_(statistics_.feature_count(), statistics_.target_count()) {
    use_blas_on_one_thread();
}

void RidgeAccumulator::add(const RegressionRows& rows, const Execution& execution) {
    check_rows(rows, feature_count(), target_count(), this->rows(), execution);
    const Execution whole = without_stop(execution);
    for (Index first = 0; first < rows.rows();) {
        first += chunk_.append(rows, first, whole);
        if (chunk_.full()) add_chunk(chunk_, statistics_, whole);
    }
}

void RidgeAccumulator::flush(const Execution& execution) {
    if (chunk_.rows() > 0) add_chunk(chunk_, statistics_, without_stop(execution));
}

void RidgeAccumulator::merge(const RidgeAccumulator& other, const Execution& execution) {
    if (other.feature_count() != feature_count() || other.target_count() != target_count())
        throw DimensionMismatch("merge: expected " + std::to_string(feature_count()) +
                                " features and " + std::to_string(target_count()) +
                                " targets, got " + std::to_string(other.feature_count()) + " and " +
                                std::to_string(other.target_count()));
    if (statistics_.rows + other.statistics_.rows == 0 &&
        rows() + other.rows() < RowChunk::capacity) {
        chunk_.append_weighted(other.chunk_.features(), other.chunk_.targets_and_one());
        return;
    }
    // What needs memory comes first: without it, nothing has been added.
    RowChunk waiting = other.chunk_;
    if (statistics_.gram.empty())
        statistics_.gram = other.statistics_.gram;
    else if (!other.statistics_.gram.empty())
        parallel_for(without_stop(execution), feature_count(), [&](Index i) {
            const auto from = other.statistics_.gram.row(i);
            const auto to = statistics_.gram.row(i);
            for (std::size_t j = 0; j <= static_cast<std::size_t>(i); ++j) to[j] += from[j];
        });
    as_eigen(statistics_.cross) += as_eigen(other.statistics_.cross);
    statistics_.rows += other.statistics_.rows;
    statistics_.weight += other.statistics_.weight;
    add_to(statistics_.target_sums, other.statistics_.target_sums);
    add_to(statistics_.target_squares, other.statistics_.target_squares);
    flush(execution);
    std::swap(chunk_, waiting);
    flush(execution);
}

void RidgeAccumulator::scale_weights(double factor) {
    if (!(factor > 0.0) || !std::isfinite(factor))
        throw InvalidArgument("weights: expected a finite factor above 0, got " +
                              std::to_string(factor));
    chunk_.scale(std::sqrt(factor));
    as_eigen(statistics_.gram) *= factor;
    as_eigen(statistics_.cross) *= factor;
    for (double& sum : statistics_.target_sums) sum *= factor;
    for (double& sum : statistics_.target_squares) sum *= factor;
    statistics_.weight *= factor;
}

RidgeStatistics RidgeAccumulator::release(const Execution& execution) && {
    flush(execution);
    return std::move(statistics_);
}

SummedRows RidgeAccumulator::release_rows(const Execution& execution) && {
    if (statistics_.rows > 0)
        throw InvalidArgument("accumulator: expected rows that all wait, got " +
                              std::to_string(statistics_.rows) + " in the sums already");
    add_to_sums(chunk_, statistics_, without_stop(execution));
    return {std::move(statistics_), std::move(chunk_)};
}

Index RidgeAccumulator::bytes(Index features, Index targets, Index rows) {
    const Index gram = rows < RowChunk::capacity ? 0 : features * features;
    const Index doubles = gram + features * (targets + 1) + 2 * targets;
    return doubles * static_cast<Index>(sizeof(double)) + RowChunk::bytes(features, targets);
}

}  // namespace sketchntk
