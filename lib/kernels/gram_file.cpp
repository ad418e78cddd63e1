#include "core/parallel.hpp"

#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/kernels/gram_file.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sketchntk {

namespace {

struct Pair {
    Index row;
    Index column;
};

/// The order in which pairs are taken.
class PairOrder {
  public:
    PairOrder(Index columns, bool symmetric) : columns_(columns), symmetric_(symmetric) {}

    [[nodiscard]] Pair at(Index number) const {
        if (!symmetric_) return {number / columns_, number % columns_};
        // The root is right to a few units.
        auto row = static_cast<Index>((std::sqrt(8 * static_cast<double>(number) + 1) - 1) / 2);
        while (row * (row + 1) / 2 > number) --row;
        while ((row + 1) * (row + 2) / 2 <= number) ++row;
        return {row, number - row * (row + 1) / 2};
    }
    [[nodiscard]] Index pairs_of_row(Index row) const { return symmetric_ ? row + 1 : columns_; }

  private:
    Index columns_;
    bool symmetric_;
};

/// How many pairs are handed to the threads at once: so many that they take about a second. Fewer
/// would let threads wait for the last one too often, more would let the caller wait.
class PairsAtOnce {
  public:
    explicit PairsAtOnce(const Execution& execution)
        : least_(thread_count(execution)), count_(4 * least_) {}

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

template <typename T>
void write_entries(const ResumableNpy& file, const PairOrder& order, Index first,
                   std::span<const T> entries) {
    while (!entries.empty()) {
        const auto [row, column] = order.at(first);
        const Index run =
            std::min(order.pairs_of_row(row) - column, static_cast<Index>(entries.size()));
        file.write(row, column, entries.first(static_cast<std::size_t>(run)));
        entries = entries.subspan(static_cast<std::size_t>(run));
        first += run;
    }
}

template <typename T>
void compute_pairs(const KernelTiles<T>& kernel, Index pairs, ResumableNpy& file,
                   const Execution& execution) {
    const PairOrder order(kernel.columns(), kernel.symmetric());
    PairsAtOnce at_once(execution);
    Checkpoints checkpoints;
    std::vector<T> entries;
    Index done = file.done();
    try {
        for (;;) {
            execution.report({"kernel", done, pairs, "pairs"});
            if (done == pairs) break;
            const Stopwatch stopwatch;
            entries.resize(static_cast<std::size_t>(std::min(at_once.count(), pairs - done)));
            const auto count = static_cast<Index>(entries.size());
            parallel_for(execution, count, [&](Index k) {
                const auto [row, column] = order.at(done + k);
                kernel.tile(row, column, {&entries[static_cast<std::size_t>(k)], 1, 1});
            });
            write_entries(file, order, done, std::span<const T>(entries));
            done += count;
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
Index write_gram_by_pairs(const KernelTiles<T>& kernel, const std::string& path, NpyScalar scalar,
                          const RunDescription& description, const Execution& execution) {
    const Index pairs = pair_count(kernel.rows(), kernel.columns(), kernel.symmetric());
    ResumableNpy file(path, kernel.rows(), kernel.columns(), scalar, description, pairs);
    const Index resumed = file.done();
    compute_pairs(kernel, pairs, file, execution);
    if (kernel.symmetric()) file.mirror_lower_triangle(execution);
    file.commit();
    return resumed;
}

template <typename T>
double seconds_a_pair(const KernelTiles<T>& kernel, const Execution& execution) {
    const PairOrder order(kernel.columns(), kernel.symmetric());
    const Index different = pair_count(kernel.rows(), kernel.columns(), kernel.symmetric());
    const Index at_once = 4 * thread_count(execution);
    std::vector<T> entries(static_cast<std::size_t>(at_once));
    Index done = 0;
    const Stopwatch stopwatch;
    while (done == 0 || stopwatch.seconds() < 1) {
        parallel_for(execution, at_once, [&](Index k) {
            const auto [row, column] = order.at((done + k) % different);
            kernel.tile(row, column, {&entries[static_cast<std::size_t>(k)], 1, 1});
        });
        done += at_once;
        execution.report({"measuring", done, 0, "pairs"});
    }
    return stopwatch.seconds() / static_cast<double>(done);
}

template Index write_gram_by_pairs(const KernelTiles<float>&, const std::string&, NpyScalar,
                                   const RunDescription&, const Execution&);
template Index write_gram_by_pairs(const KernelTiles<double>&, const std::string&, NpyScalar,
                                   const RunDescription&, const Execution&);
template double seconds_a_pair(const KernelTiles<float>&, const Execution&);
template double seconds_a_pair(const KernelTiles<double>&, const Execution&);

}  // namespace sketchntk
