#include "core/finite.hpp"
#include "features/row_tiles.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

template <typename Rows>
void check_shapes(const FeatureMap& map, const Rows& x, MatrixView<float> out) {
    if (x.columns() == map.inputs() && out.columns() == map.features() && x.rows() == out.rows())
        return;
    throw DimensionMismatch("feature map from " + std::to_string(map.inputs()) + " inputs to " +
                            std::to_string(map.features()) + " features: got rows of shape " +
                            std::to_string(x.rows()) + " x " + std::to_string(x.columns()) +
                            " and a result of shape " + std::to_string(out.rows()) + " x " +
                            std::to_string(out.columns()));
}

void refuse_not_finite_entries(SparseRowsView x) {
    for (Index i = 0; i < x.rows(); ++i) {
        const SparseRowsView::Row row = x.row(i);
        if (all_finite(row.values)) continue;
        for (std::size_t k = 0; k < row.values.size(); ++k)
            if (!std::isfinite(row.values[k]))
                throw_not_finite("feature map", i, row.columns[k], row.values[k]);
    }
}

}  // namespace

void FeatureMap::transform(MatrixView<const float> x, MatrixView<float> out,
                           const Execution& execution) const {
    check_shapes(*this, x, out);
    refuse_not_finite("feature map", x);
    map_rows(x, out, execution);
}

void FeatureMap::transform(SparseRowsView x, MatrixView<float> out,
                           const Execution& execution) const {
    check_shapes(*this, x, out);
    refuse_not_finite_entries(x);
    map_sparse_rows(x, out, execution);
}

std::int64_t FeatureMap::sparse_bytes(int threads, Index) const {
    return bytes(threads) + threads * row_tile * inputs() * static_cast<Index>(sizeof(float));
}

void FeatureMap::map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                                 const Execution& execution) const {
    const Index at_once = std::min(x.rows(), row_tile * thread_count(execution));
    Matrix<float> written(at_once, x.columns());
    for (Index first = 0; first < x.rows(); first += at_once) {
        const Index count = std::min(at_once, x.rows() - first);
        std::fill_n(written.data(), count * written.columns(), 0.0F);
        for (Index i = 0; i < count; ++i) {
            const SparseRowsView::Row row = x.row(first + i);
            for (std::size_t k = 0; k < row.values.size(); ++k)
                written(i, row.columns[k]) = row.values[k];
        }
        map_rows(written.view().middle_rows(0, count), out.middle_rows(first, count), execution);
    }
}

std::vector<FeatureBlock> FeatureMap::blocks() const {
    return {{.name = "all", .first = 0, .count = features()}};
}

}  // namespace sketchntk
