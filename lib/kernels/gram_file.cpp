#include "core/parallel.hpp"

#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/kernels/gram_file.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

struct Tile {
    Index row;
    Index column;
    Index rows;
    Index columns;
    Index pairs;  ///< that count: of a symmetric kernel those below the diagonal and on it
};

/// The order in which tiles are taken: row by row, of a symmetric kernel up to the diagonal.
class TileOrder {
  public:
    template <typename T>
    explicit TileOrder(const KernelTiles<T>& kernel)
        : rows_(kernel.rows()),
          columns_(kernel.columns()),
          symmetric_(kernel.symmetric()),
          side_(kernel.shared_side()) {}

    [[nodiscard]] Index count() const {
        return pair_count(blocks(rows_), blocks(columns_), symmetric_);
    }
    [[nodiscard]] Tile at(Index number) const {
        const auto [i, j] = place(number);
        Tile tile{.row = i * side_,
                  .column = j * side_,
                  .rows = std::min(side_, rows_ - i * side_),
                  .columns = std::min(side_, columns_ - j * side_),
                  .pairs = 0};
        tile.pairs = symmetric_ && i == j ? pair_count(tile.rows, tile.rows, true)
                                          : tile.rows * tile.columns;
        return tile;
    }

  private:
    [[nodiscard]] Index blocks(Index size) const { return (size + side_ - 1) / side_; }
    [[nodiscard]] std::pair<Index, Index> place(Index number) const {
        if (!symmetric_) return {number / blocks(columns_), number % blocks(columns_)};
        // The root is right to a few units.
        auto row = static_cast<Index>((std::sqrt(8 * static_cast<double>(number) + 1) - 1) / 2);
        while (row * (row + 1) / 2 > number) --row;
        while ((row + 1) * (row + 2) / 2 <= number) ++row;
        return {row, number - row * (row + 1) / 2};
    }

    Index rows_;
    Index columns_;
    bool symmetric_;
    Index side_;
};

/// How many tiles are handed to the threads at once: so many that they take about a second. Fewer
/// would let threads wait for the last one too often, more would let the caller wait.
class TilesAtOnce {
  public:
    explicit TilesAtOnce(const Execution& execution)
        : least_(thread_count(execution)), count_(least_) {}

    [[nodiscard]] Index count() const { return count_; }

    void took(double seconds) {
        constexpr Index most = Index{1} << 20;
        if (seconds < 0.5) count_ = std::min(most, 2 * count_);
        if (seconds > 2) count_ = std::max(least_, count_ / 2);
    }

  private:
    Index least_;
    Index count_;
};

/// When to make sure of what is done: so often that a run that is killed loses the last two
/// seconds, or half of its time if it was shorter.
class Checkpoints {
  public:
    [[nodiscard]] bool due() const {
        return since_last_.seconds() >= std::min(2.0, since_start_.seconds() / 2);
    }
    void passed() { since_last_ = Stopwatch(); }

  private:
    Stopwatch since_start_;
    Stopwatch since_last_;
};

/// Calls `use(tile, entries)` for tiles from one on, on all threads. Beyond the last tile the first
/// one follows.
template <typename T, typename Use>
void compute_tiles(const KernelTiles<T>& kernel, const TileOrder& order, Index first, Index count,
                   const Execution& execution, const Use& use) {
    parallel_for(execution, count, [&](Index k) {
        const Tile tile = order.at((first + k) % order.count());
        thread_local Matrix<T> buffer;
        if (buffer.rows() != tile.rows || buffer.columns() != tile.columns)
            buffer = Matrix<T>(tile.rows, tile.columns);
        kernel.tile(tile.row, tile.column, buffer.view());
        use(tile, std::as_const(buffer));
    });
}

template <typename T>
void compute_pairs(const KernelTiles<T>& kernel, Index pairs, ResumableNpy& file,
                   const Execution& execution) {
    const TileOrder order(kernel);
    TilesAtOnce at_once(execution);
    Checkpoints checkpoints;
    const auto write = [&](const Tile& tile, const Matrix<T>& entries) {
        for (Index r = 0; r < tile.rows; ++r) file.write(tile.row + r, tile.column, entries.row(r));
    };
    Index done = 0, next = 0;
    while (done < file.done()) done += order.at(next++).pairs;
    try {
        for (;;) {
            execution.report({"kernel", done, pairs, "pairs"});
            if (done == pairs) break;
            const Stopwatch stopwatch;
            const Index end = std::min(next + at_once.count(), order.count());
            compute_tiles(kernel, order, next, end - next, execution, write);
            while (next < end) done += order.at(next++).pairs;
            at_once.took(stopwatch.seconds());
            if (checkpoints.due()) {
                file.checkpoint(done);
                checkpoints.passed();
            }
        }
    } catch (...) {
        if (done > file.done()) file.checkpoint(done);
        throw;
    }
    if (done > file.done()) file.checkpoint(done);
}

}  // namespace

Index pair_count(Index rows, Index columns, bool symmetric) {
    return symmetric ? rows * (rows + 1) / 2 : rows * columns;
}

template <typename T>
Index write_gram(const KernelTiles<T>& kernel, const std::string& path, NpyScalar scalar,
                 const RunDescription& description, const Execution& execution) {
    const Index pairs = pair_count(kernel.rows(), kernel.columns(), kernel.symmetric());
    RunDescription with_order = description;
    with_order.emplace_back("pairs in tiles of", std::to_string(kernel.shared_side()));
    ResumableNpy file(path, kernel.rows(), kernel.columns(), scalar, with_order, pairs);
    const Index resumed = file.done();
    compute_pairs(kernel, pairs, file, execution);
    if (kernel.symmetric()) file.mirror_lower_triangle(execution);
    file.commit();
    return resumed;
}

template <typename T>
double seconds_a_pair(const KernelTiles<T>& kernel, const Execution& execution) {
    const TileOrder order(kernel);
    const Index at_once = thread_count(execution);
    std::atomic<Index> done = 0;
    Index next = 0;
    const auto count = [&](const Tile& tile, const Matrix<T>&) {
        done += tile.rows * tile.columns;
    };
    const Stopwatch stopwatch;
    while (done == 0 || stopwatch.seconds() < 1) {
        compute_tiles(kernel, order, next, at_once, execution, count);
        next = (next + at_once) % order.count();
        execution.report({"measuring", done, 0, "pairs"});
    }
    return stopwatch.seconds() / static_cast<double>(done);
}

template Index write_gram(const KernelTiles<float>&, const std::string&, NpyScalar,
                          const RunDescription&, const Execution&);
template Index write_gram(const KernelTiles<double>&, const std::string&, NpyScalar,
                          const RunDescription&, const Execution&);
template double seconds_a_pair(const KernelTiles<float>&, const Execution&);
template double seconds_a_pair(const KernelTiles<double>&, const Execution&);

}  // namespace sketchntk
