#include "core/dispatch.hpp"
#include "core/parallel.hpp"
#include "solve/bulge_chasing.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace sketchntk {

namespace {

constexpr Index width = SymmetricBand::half_width;

// Columns that lie side by side while reflections are applied to them, and how many such strips
// one task takes together, so that it need not fetch the reflectors for each.
constexpr Index strip_columns = 32;
constexpr Index task_strips = 4;

// Sweeps whose steps of the same number are applied one after the other, to the same rows.
constexpr Index block_sweeps = 32;

// Two reflections, I - v v^T after I - u u^T, of rows one apart: entries of u and v in turn, and
// u^T v.
struct ReflectionPair {
    std::array<double, 2 * (width + 1)> vectors;
    double inner;
};

// rows := (I - v v^T) (I - u u^T) rows = rows - u a^T - v b^T, a = rows^T u, b = rows^T v - u^T v
// a.
SKETCHNTK_VECTOR_DISPATCH
void reflect_strip(const double* vectors, double inner, Index count, double* rows) {
    std::array<double, strip_columns> a{};
    std::array<double, strip_columns> b{};
    for (Index i = 0; i < count; ++i) {
        const double* row = rows + i * strip_columns;
        const double u = vectors[2 * i];
        const double v = vectors[2 * i + 1];
        for (std::size_t j = 0; j < strip_columns; ++j) {
            a[j] += u * row[j];
            b[j] += v * row[j];
        }
    }
    for (std::size_t j = 0; j < strip_columns; ++j) b[j] -= inner * a[j];
    for (Index i = 0; i < count; ++i) {
        double* row = rows + i * strip_columns;
        const double u = vectors[2 * i];
        const double v = vectors[2 * i + 1];
        for (std::size_t j = 0; j < strip_columns; ++j) row[j] -= u * a[j] + v * b[j];
    }
}

// A copy of some columns in strips, each contiguous. Zeros at the end are known as such: for a unit
// vector they are most of it through much of the way.
struct Strips {
    std::vector<Matrix<double>> strips;
    Index nonzero_rows = 0;

    explicit Strips(MatrixView<const double> columns) {
        for (Index first = 0; first < columns.columns(); first += strip_columns) {
            Matrix<double>& strip = strips.emplace_back(columns.rows(), strip_columns);
            const Index count = std::min(strip_columns, columns.columns() - first);
            for (Index i = 0; i < columns.rows(); ++i)
                std::copy_n(columns.row(i).data() + first, count, strip.row(i).data());
        }
        for (Index i = 0; i < columns.rows(); ++i)
            for (const double entry : columns.row(i))
                if (entry != 0.0) nonzero_rows = i + 1;
    }

    void copy_to(MatrixView<double> columns) const {
        for (Index first = 0; first < columns.columns(); first += strip_columns) {
            const Matrix<double>& strip = strips[static_cast<std::size_t>(first / strip_columns)];
            const Index count = std::min(strip_columns, columns.columns() - first);
            for (Index i = 0; i < columns.rows(); ++i)
                std::copy_n(strip.row(i).data(), count, columns.row(i).data() + first);
        }
    }
};

// The reflections of a block of sweeps at one step, as pairs.
class ReflectionBlock {
  public:
    ReflectionBlock(MatrixView<const double> reflectors, OrthogonalFactor which)
        : reflectors_(reflectors), ascending_(which == OrthogonalFactor::transposed) {}

    void apply(Index first_sweep, Index step, Strips& columns) {
        const Index first_row = first_sweep + 1 + step * width;
        if (first_row >= columns.nonzero_rows) return;
        const Index end = std::min(size(), first_row + block_sweeps + width - 1);
        columns.nonzero_rows = std::max(columns.nonzero_rows, end);
        const Index longer_than_one = std::min(block_sweeps, size() - 1 - first_row);
        const Index pairs = (longer_than_one + 1) / 2;
        for (Index pair = 0; pair < pairs; ++pair)
            load(pairs_[static_cast<std::size_t>(pair)], first_sweep + 2 * pair,
                 first_row + 2 * pair);
        for (Matrix<double>& strip : columns.strips)
            for (Index k = 0; k < pairs; ++k) {
                const Index pair = ascending_ ? k : pairs - 1 - k;
                const Index row = first_row + 2 * pair;
                const ReflectionPair& loaded = pairs_[static_cast<std::size_t>(pair)];
                reflect_strip(loaded.vectors.data(), loaded.inner,
                              std::min(width + 1, size() - row), strip.row(row).data());
            }
    }

  private:
    [[nodiscard]] Index size() const { return reflectors_.rows(); }

    void load(ReflectionPair& pair, Index sweep, Index row) const {
        pair.vectors.fill(0.0);
        for (Index k = 0; k < 2; ++k) {
            const Index slot = ascending_ ? k : 1 - k;
            for (Index i = k; i < std::min(width + k, size() - row); ++i)
                pair.vectors[static_cast<std::size_t>(2 * i + slot)] =
                    reflectors_(sweep + k, row + i);
        }
        pair.inner = 0.0;
        for (std::size_t i = 0; i <= width; ++i)
            pair.inner += pair.vectors[2 * i] * pair.vectors[2 * i + 1];
    }

    MatrixView<const double> reflectors_;
    bool ascending_;
    std::array<ReflectionPair, block_sweeps / 2> pairs_;
};

}  // namespace

// Within a block of at most `width` sweeps, step s of a sweep shares rows with steps s and s - 1
// of the later ones and is older than both: so the steps of a block can be taken together, the
// last ones as the oldest.
void multiply_by_chase_factor(MatrixView<const double> reflectors, OrthogonalFactor which,
                              MatrixView<double> columns, const Execution& execution) {
    constexpr Index task_columns = task_strips * strip_columns;
    const Index size = reflectors.rows();
    const Index blocks = (size - 2 + block_sweeps - 1) / block_sweeps;
    const Index tasks = (columns.columns() + task_columns - 1) / task_columns;
    const bool oldest_first = which == OrthogonalFactor::transposed;
    parallel_for(execution, tasks, [&](Index task) {
        const Index first = task * task_columns;
        const auto own =
            columns.middle_columns(first, std::min(task_columns, columns.columns() - first));
        Strips strips(own);
        ReflectionBlock block(reflectors, which);
        for (Index k = 0; k < blocks; ++k) {
            const Index sweep = (oldest_first ? k : blocks - 1 - k) * block_sweeps;
            const Index steps = chase_step_count(size, sweep);
            for (Index n = 0; n < steps; ++n)
                block.apply(sweep, oldest_first ? steps - 1 - n : n, strips);
        }
        strips.copy_to(own);
    });
}

}  // namespace sketchntk
