#include "sketches/dense_plan.hpp"

#include "core/blas.hpp"
#include "core/dispatch.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "sketches/checks.hpp"

#include <sketchntk/core/memory.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sketchntk::sketches {
namespace {

/// Dense rows are multiplied in tiles of this many. A smaller last tile is multiplied as a whole
/// one, so that the matrix product treats each row alike wherever it stands.
constexpr Index tile_rows = 256;

/// Sparse rows that share the rows of S^T drawn for them: at most so many, with at most so many
/// entries together if there is more than one.
constexpr Index sparse_tile_rows = 256;
constexpr Index sparse_tile_entries = Index{1} << 18;

/// Entries that one thread draws at a time.
constexpr Index drawn_entries = Index{1} << 18;

/// Outputs that a tile of sparse rows is worked on for at once: a row of S^T stays in the cache.
constexpr Index outputs_at_once = 2048;

SKETCHNTK_VECTOR_DISPATCH
void add_scaled(float factor, const float* in, Index count, float* out) {
    for (Index k = 0; k < count; ++k) out[k] += factor * in[k];
}

/// One entry of a tile of sparse rows.
struct Entry {
    std::int64_t column;
    Index row;
    float value;
};

std::vector<Entry> entries_by_column(const SparseRowsView& x) {
    std::vector<Entry> entries;
    entries.reserve(static_cast<std::size_t>(x.nonzeros()));
    for (Index i = 0; i < x.rows(); ++i) {
        const SparseRowsView::Row row = x.row(i);
        for (std::size_t k = 0; k < row.values.size(); ++k) {
            entries.push_back({row.columns[k], i, row.values[k]});
        }
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::pair(a.column, a.row) < std::pair(b.column, b.row);
    });
    return entries;
}

/// Where each tile of sparse rows begins, and the end of the last.
std::vector<Index> sparse_tiles(const SparseRowsView& x) {
    std::vector<Index> starts{0};
    Index entries = 0;
    for (Index i = 0; i < x.rows(); ++i) {
        const auto more = static_cast<Index>(x.row(i).values.size());
        const bool full =
            i - starts.back() == sparse_tile_rows || entries + more > sparse_tile_entries;
        if (i > starts.back() && full) {
            starts.push_back(i);
            entries = 0;
        }
        entries += more;
    }
    starts.push_back(x.rows());
    return starts;
}

void set_zero(MatrixView<float> out) {
    for (Index i = 0; i < out.rows(); ++i) std::fill(out.row(i).begin(), out.row(i).end(), 0.0F);
}

Index blocks_of(Index whole, Index part) {
    return (whole + part - 1) / part;
}

/// out = x transposed, padded to a whole tile if there are fewer rows.
void multiply_tile(MatrixView<const float> x, const Matrix<float>& transposed,
                   MatrixView<float> out) {
    if (x.rows() == tile_rows) {
        as_eigen(out).noalias() = as_eigen(x) * as_eigen(transposed);
        return;
    }
    Matrix<float> padded(tile_rows, x.columns()), product(tile_rows, out.columns());
    for (Index i = 0; i < x.rows(); ++i) {
        std::copy(x.row(i).begin(), x.row(i).end(), padded.row(i).begin());
    }
    as_eigen(product).noalias() = as_eigen(std::as_const(padded)) * as_eigen(transposed);
    for (Index i = 0; i < x.rows(); ++i) {
        std::copy(product.row(i).begin(), product.row(i).end(), out.row(i).begin());
    }
}

}  // namespace

void check_memory(const std::string& what, std::int64_t needed) {
    // Asking takes longer than many a small matrix.
    constexpr std::int64_t always_there = std::int64_t{1} << 24;
    if (needed <= always_there) return;
    const std::int64_t available = available_memory_bytes();
    if (needed > available) {
        throw ResourceError(what + " needs " + std::to_string(needed) + " bytes of memory and " +
                            std::to_string(available) + " are available");
    }
}

std::int64_t DensePlan::Shape::bytes() const {
    return inputs * outputs * static_cast<Index>(sizeof(float));
}

double DensePlan::Shape::flops(Index rows) const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(inputs) *
           static_cast<double>(outputs);
}

DensePlan::Shape DensePlan::checked_shape(Index inputs, Index outputs) {
    checked_dimension("inputs", inputs);
    checked_dimension("outputs", outputs, 1, std::min(largest_dimension, most_entries / inputs));
    return {inputs, outputs};
}

DensePlan::DensePlan(std::string name, Shape shape, Fill fill)
    : DensePlan(std::move(name), shape,
                {std::max<Index>(1, drawn_entries / shape.outputs), shape.outputs},
                std::move(fill)) {}

DensePlan::DensePlan(std::string name, Shape shape, Shape drawn_at_once, Fill fill)
    : name_(std::move(name)),
      shape_(shape),
      drawn_at_once_(drawn_at_once),
      fill_(std::move(fill)) {}

const Matrix<float>& DensePlan::drawn(const Execution& execution) const {
    std::call_once(draw_once_, [&] { draw(execution); });
    return transposed_;
}

void DensePlan::draw(const Execution& execution) const {
    check_memory(name_ + ": a matrix of " + std::to_string(shape_.inputs) + " inputs and " +
                     std::to_string(shape_.outputs) + " outputs",
                 shape_.bytes());
    Matrix<float> transposed(shape_.inputs, shape_.outputs);
    const Index across = blocks_of(shape_.outputs, drawn_at_once_.outputs);
    const Index down = blocks_of(shape_.inputs, drawn_at_once_.inputs);
    parallel_for(execution, down * across, [&](Index block) {
        const Index first_input = block / across * drawn_at_once_.inputs;
        const Index first_output = block % across * drawn_at_once_.outputs;
        fill_(first_input, first_output,
              transposed.view()
                  .middle_rows(first_input,
                               std::min(drawn_at_once_.inputs, shape_.inputs - first_input))
                  .middle_columns(first_output,
                                  std::min(drawn_at_once_.outputs, shape_.outputs - first_output)));
    });
    transposed_ = std::move(transposed);
}

void DensePlan::apply(MatrixView<const float> x, MatrixView<float> out,
                      const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, shape_.inputs, shape_.outputs);
    use_blas_on_one_thread();
    const Matrix<float>& transposed = drawn(execution);
    parallel_for(execution, blocks_of(x.rows(), tile_rows), [&](Index tile) {
        const Index first = tile * tile_rows;
        const Index count = std::min(tile_rows, x.rows() - first);
        const MatrixView<const float> rows = x.middle_rows(first, count);
        check_finite(rows, first);
        multiply_tile(rows, transposed, out.middle_rows(first, count));
    });
}

void DensePlan::apply_drawn(const SparseRowsView& x, MatrixView<float> out,
                            const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, shape_.inputs, shape_.outputs);
    check_columns(x);
    check_finite(x);
    set_zero(out);
    const Matrix<float>& transposed = drawn(execution);
    parallel_for(execution, x.rows(), [&](Index i) {
        const SparseRowsView::Row row = x.row(i);
        for (std::size_t k = 0; k < row.values.size(); ++k) {
            add_scaled(row.values[k], transposed.row(row.columns[k]).data(), shape_.outputs,
                       out.row(i).data());
        }
    });
}

void DensePlan::apply_touched(const SparseRowsView& x, MatrixView<float> out,
                              const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, shape_.inputs, shape_.outputs);
    check_columns(x);
    check_finite(x);
    set_zero(out);
    const std::vector<Index> starts = sparse_tiles(x);
    const Index across = blocks_of(shape_.outputs, outputs_at_once);
    const Index tiles = static_cast<Index>(starts.size()) - 1;
    parallel_for(execution, tiles * across, [&](Index block) {
        const auto tile = static_cast<std::size_t>(block / across);
        const Index first = starts[tile];
        const Index count = starts[tile + 1] - first;
        const Index first_output = block % across * outputs_at_once;
        const Index outputs = std::min(outputs_at_once, shape_.outputs - first_output);
        add_touched(x.middle_rows(first, count), first_output,
                    out.middle_rows(first, count).middle_columns(first_output, outputs));
    });
}

void DensePlan::add_touched(const SparseRowsView& x, Index first_output,
                            MatrixView<float> out) const {
    Matrix<float> transposed_row(1, out.columns());
    std::int64_t drawn_column = -1;
    for (const Entry& entry : entries_by_column(x)) {
        if (entry.column != drawn_column) {
            fill_(entry.column, first_output, transposed_row);
            drawn_column = entry.column;
        }
        add_scaled(entry.value, transposed_row.data(), out.columns(), out.row(entry.row).data());
    }
}

}  // namespace sketchntk::sketches
