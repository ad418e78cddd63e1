#include "solve/bulge_chasing.hpp"

#include "core/dispatch.hpp"
#include "core/parallel.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace sketchntk {

namespace {

constexpr Index width = SymmetricBand::half_width;
constexpr Index column_step = SymmetricBand::column_step;

// What a vector register holds at most; sums are made lane by lane, in the same order everywhere.
constexpr std::size_t lanes = 8;

using Column = std::array<double, width>;
using Lanes = std::array<double, lanes>;

inline Lanes lane_products(const double* a, const double* b) {
    Lanes sums{};
    for (std::size_t i = 0; i < width; i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    return sums;
}

inline double sum(const Lanes& x) {
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

inline double dot(const double* a, const double* b) {
    return sum(lane_products(a, b));
}

// Overwrites a column by its image under the reflection that leaves nothing but the first entry,
// which it returns; v is the reflection's vector.
inline double reflect_column(const Column& column, double* v) {
    const double pivot = column[0];
    Column tail = column;
    tail[0] = 0.0;
    const HouseholderReflection reflection(pivot, dot(tail.data(), tail.data()));
    for (std::size_t i = 0; i < width; ++i) v[i] = reflection.scale * tail[i];
    v[0] = reflection.scale * reflection.first;
    return reflection.image;
}

// block := H block G for the reflections G of `before` and H, chosen so that the first column of
// the result is zero below its first entry. v is the vector of H.
SKETCHNTK_VECTOR_DISPATCH
void reflect_block(double* block, const double* before, double* v) {
    Column product{};
    for (Index j = 0; j < width; ++j)
        for (std::size_t i = 0; i < width; ++i)
            product[i] += block[j * column_step + static_cast<Index>(i)] * before[j];
    Column first;
    for (std::size_t i = 0; i < width; ++i) first[i] = block[i] - product[i] * before[0];
    std::fill_n(block, width, 0.0);
    block[0] = reflect_column(first, v);
    Column reflector;
    std::copy_n(v, width, reflector.begin());
    // Lane by lane, so that no column waits for the sum of its lanes.
    std::array<Lanes, width> partial_sums;
    for (Index j = 1; j < width; ++j) {
        double* entries = block + j * column_step;
        for (std::size_t i = 0; i < width; ++i) entries[i] -= product[i] * before[j];
        partial_sums[static_cast<std::size_t>(j)] = lane_products(entries, reflector.data());
    }
    for (Index j = 1; j < width; ++j) {
        double* entries = block + j * column_step;
        const double factor = sum(partial_sums[static_cast<std::size_t>(j)]);
        for (std::size_t i = 0; i < width; ++i) entries[i] -= factor * reflector[i];
    }
}

// block := H block H for a symmetric block, both halves of which are stored. Of the last row only
// the lower half is up to date.
SKETCHNTK_VECTOR_DISPATCH
void reflect_both_sides(double* block, const double* v) {
    for (Index j = 0; j < width - 1; ++j)
        block[j + (width - 1) * column_step] = block[width - 1 + j * column_step];
    Column product{};
    for (Index j = 0; j < width; ++j)
        for (std::size_t i = 0; i < width; ++i)
            product[i] += block[j * column_step + static_cast<Index>(i)] * v[j];
    const double half = 0.5 * dot(product.data(), v);
    Column reflector;
    for (std::size_t i = 0; i < width; ++i) {
        reflector[i] = v[i];
        product[i] -= half * v[i];
    }
    for (Index j = 0; j < width; ++j) {
        double* entries = block + j * column_step;
        for (std::size_t i = 0; i < width; ++i)
            entries[i] -= reflector[i] * product[static_cast<std::size_t>(j)] +
                          product[i] * reflector[static_cast<std::size_t>(j)];
    }
}

// Sweeps that one thread takes together, each one step behind the one before, while the part of
// the band that they are at is in its cache.
constexpr Index group_sweeps = 16;

// How far a group of sweeps is. On a cache line of its own, because two threads watch it.
struct alignas(64) Progress {
    std::atomic<int> stages{0};
};

class Chase {
  public:
    Chase(SymmetricBand& band, MatrixView<double> reflectors, std::span<double> diagonal,
          std::span<double> off_diagonal)
        : band_(band),
          reflectors_(reflectors),
          diagonal_(diagonal),
          off_diagonal_(off_diagonal),
          progress_(static_cast<std::size_t>(groups())) {}

    // Groups are taken in ascending order: the one before is finished or in the hands of a thread
    // that is running, and the first of those never waits.
    void run(const Execution& execution) {
        parallel_for(execution, useful_threads(execution), [&](Index) {
            for (Index group = next_++; group < groups(); group = next_++) run_group(group);
        });
        *(diagonal_.end() - 1) = *band_.at(band_.size() - 1, band_.size() - 1);
    }

  private:
    // Threads follow each other at a distance of group_sweeps blocks of the band, which is also
    // what they take from each other's caches.
    [[nodiscard]] Index useful_threads(const Execution& execution) const {
        constexpr Index rows_for_each = 2 * group_sweeps * width;
        return std::clamp<Index>(band_.size() / rows_for_each, 1, thread_count(execution));
    }

    [[nodiscard]] Index sweeps() const { return band_.size() - 1; }
    [[nodiscard]] Index groups() const { return (sweeps() + group_sweeps - 1) / group_sweeps; }

    // In stage k the first sweep of a group takes step k, the next step k - 1, and so on.
    [[nodiscard]] Index stages(Index group) const {
        return chase_step_count(band_.size(), group * group_sweeps) + group_sweeps - 1;
    }

    // Step s shares a row and a column with step s + 1 of the sweep before, and comes after it.
    void wait_for_group_before(Index group, Index stage) {
        if (group == 0) return;
        const auto wanted = static_cast<int>(std::min(stage + group_sweeps + 1, stages(group - 1)));
        std::atomic<int>& finished = progress_[static_cast<std::size_t>(group) - 1].stages;
        // Most waits are shorter than it takes to wake a thread.
        constexpr int patience = 200;
        for (int turn = 0; turn < patience && finished.load(std::memory_order_acquire) < wanted;
             ++turn)
            std::this_thread::yield();
        for (int now = finished.load(std::memory_order_acquire); now < wanted;
             now = finished.load(std::memory_order_acquire))
            finished.wait(now, std::memory_order_acquire);
    }

    void run_group(Index group) {
        std::atomic<int>& finished = progress_[static_cast<std::size_t>(group)].stages;
        const Index first = group * group_sweeps;
        const Index last = std::min(first + group_sweeps, sweeps());
        for (Index stage = 0; stage < stages(group); ++stage) {
            wait_for_group_before(group, stage);
            for (Index sweep = first; sweep < last; ++sweep) run_step(sweep, stage - sweep + first);
            finished.store(static_cast<int>(stage) + 1, std::memory_order_release);
            finished.notify_one();
        }
    }

    void run_step(Index sweep, Index step) {
        const Index row = sweep + 1 + step * width;
        if (step < 0 || row >= band_.size()) return;
        Column v;
        if (step == 0)
            start_sweep(sweep, v.data());
        else
            reflect_block(band_.at(row, row - width), &reflectors_(sweep, row - width), v.data());
        reflect_both_sides(band_.at(row, row), v.data());
        std::copy_n(v.data(), std::min(width, band_.size() - row), &reflectors_(sweep, row));
    }

    void start_sweep(Index sweep, double* v) {
        Column column;
        std::copy_n(band_.at(sweep + 1, sweep), width, column.begin());
        diagonal_[static_cast<std::size_t>(sweep)] = *band_.at(sweep, sweep);
        off_diagonal_[static_cast<std::size_t>(sweep)] = reflect_column(column, v);
    }

    SymmetricBand& band_;
    MatrixView<double> reflectors_;
    std::span<double> diagonal_;
    std::span<double> off_diagonal_;
    std::vector<Progress> progress_;
    std::atomic<Index> next_{0};
};

}  // namespace

void chase_bulges(SymmetricBand& band, MatrixView<double> reflectors, std::span<double> diagonal,
                  std::span<double> off_diagonal, const Execution& execution) {
    Chase(band, reflectors, diagonal, off_diagonal).run(execution);
}

}  // namespace sketchntk
