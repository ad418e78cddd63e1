#include "features/row_normalised_map.hpp"

#include "features/row_length.hpp"
#include "features/row_tiles.hpp"

#include <sketchntk/features/normalise_rows.hpp>

#include <algorithm>

namespace sketchntk {

namespace {

// Scaled rows are handed on in pieces of this many for each thread.
constexpr Index tiles_at_once = 4;

}  // namespace

std::int64_t RowNormalisedMap::bytes(int threads) const {
    return inner_->bytes(threads) +
           tiles_at_once * row_tile * threads * inputs() * static_cast<std::int64_t>(sizeof(float));
}

std::int64_t RowNormalisedMap::sparse_bytes(int threads, Index entries) const {
    return inner_->sparse_bytes(threads, entries) +
           tiles_at_once * row_tile * threads * (entries * 4 + 8);
}

double RowNormalisedMap::flops_per_row() const {
    return inner_->flops_per_row() + 3.0 * static_cast<double>(inputs());
}

void RowNormalisedMap::map_rows(MatrixView<const float> x, MatrixView<float> out,
                                const Execution& execution) const {
    const Index at_once = std::min(x.rows(), tiles_at_once * row_tile * thread_count(execution));
    Matrix<float> scaled(at_once, x.columns());
    for (Index first = 0; first < x.rows(); first += at_once) {
        const Index count = std::min(at_once, x.rows() - first);
        const MatrixView<float> rows = scaled.view().middle_rows(0, count);
        scale_rows_to_unit_mean_square(x.middle_rows(first, count), rows);
        inner_->map_rows(rows, out.middle_rows(first, count), execution);
    }
}

void RowNormalisedMap::map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                                       const Execution& execution) const {
    const Index at_once = tiles_at_once * row_tile * thread_count(execution);
    std::vector<Index> row_starts;
    std::vector<float> values;
    for (Index first = 0; first < x.rows(); first += at_once) {
        const SparseRowsView rows = x.middle_rows(first, std::min(at_once, x.rows() - first));
        row_starts.assign(1, 0);
        values.clear();
        for (Index i = 0; i < rows.rows(); ++i) {
            const SparseRowsView::Row row = rows.row(i);
            const auto scale =
                static_cast<float>(unit_mean_square_scale(row.values, x.columns(), first + i));
            for (const float value : row.values) values.push_back(scale * value);
            row_starts.push_back(static_cast<Index>(values.size()));
        }
        inner_->map_sparse_rows({x.columns(), row_starts, rows.column_numbers(), values},
                                out.middle_rows(first, rows.rows()), execution);
    }
}

}  // namespace sketchntk
