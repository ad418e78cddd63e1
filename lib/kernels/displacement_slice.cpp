#include "kernels/displacement_slice.hpp"

#include "kernels/slice_loops.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sketchntk {

namespace {

template <typename T>
Matrix<T> cut(const Matrix<T>& map, Index first, Index count, Index stride) {
    Matrix<T> columns(map.rows(), stride);
    for (Index r = 0; r < map.rows() && count > 0; ++r)
        std::copy_n(&map(r, first), count, columns.row(r).data());
    return columns;
}

}  // namespace

template <typename T>
void OverlappingColumns<T>::assign(const PixelMaps<T>& left, const PixelMaps<T>& right,
                                   Index across, Index stride) {
    left_.clear();
    right_.clear();
    for (std::size_t map = 0; map < left.size(); ++map) {
        const Index count = left[map].columns() - std::abs(across);
        left_.push_back(cut(left[map], std::max<Index>(0, -across), count, stride));
        right_.push_back(cut(right[map], std::max<Index>(0, across), count, stride));
    }
}

template <typename T>
void OverlappingColumns<T>::append(const Matrix<T>& map, Index stride) {
    left_.push_back(cut(map, 0, map.columns(), stride));
    right_.push_back(left_.back());
}

template <typename T>
DisplacementSlice<T>::DisplacementSlice(Index most_rows, Index row_stride, Index reach,
                                        bool with_tangent)
    : stride(row_stride),
      margin((reach + 15) / 16 * 16),
      tangent(with_tangent),
      nngp_and_margin(static_cast<std::size_t>(2 * margin + most_rows * row_stride)),
      ntk_and_margin(with_tangent ? nngp_and_margin.size() : 0) {}

template <typename T>
void DisplacementSlice<T>::start(const OverlappingColumns<T>& channels, std::size_t channel_count,
                                 Index image_rows, Index image_columns, Index to_down,
                                 Index to_across) {
    down = to_down;
    across = to_across;
    rows = image_rows - std::abs(down);
    columns = image_columns - std::abs(across);
    std::fill_n(nngp(), count(), T{0});
    if (tangent) std::fill_n(ntk(), count(), T{0});
    for (std::size_t channel = 0; channel < channel_count; ++channel)
        slice_loops::add_products(channels.left(channel, left_row()),
                                  channels.right(channel, right_row()), count(), nngp());
}

template <typename T>
SliceSums sums_of(DisplacementSlice<T>& slice) {
    if (slice.empty()) return {};
    SliceSums sums;
    slice_loops::clear_row_ends(slice.nngp(), slice.rows, slice.columns, slice.stride);
    sums.nngp = slice_loops::sum(slice.nngp(), slice.count());
    if (!slice.tangent) return sums;
    slice_loops::clear_row_ends(slice.ntk(), slice.rows, slice.columns, slice.stride);
    sums.ntk = slice_loops::sum(slice.ntk(), slice.count());
    return sums;
}

template <typename T>
void SliceRecursion<T>::apply_layers(const std::vector<SliceLayer>& layers,
                                     DisplacementSlice<T>& slice) {
    for (const SliceLayer& layer : layers) {
        if (slice.empty()) return;
        switch (layer.kind) {
            case SliceLayer::Kind::weights:
                apply_weights(layer, slice);
                break;
            case SliceLayer::Kind::activation:
                apply_activation(layer, slice);
                break;
            case SliceLayer::Kind::layer_norm:
                apply_layer_norm(slice);
                break;
            case SliceLayer::Kind::residual:
                apply_residual(layer, slice);
                break;
        }
    }
}

template <typename T>
void SliceRecursion<T>::apply_weights(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    const Index window = layer.rows.window * layer.columns.window;
    if (window > 1) apply_windows(layer, slice);
    if (slice.empty()) return;
    const auto factor = static_cast<T>(layer.w_std * layer.w_std / static_cast<double>(window));
    slice_loops::affine(slice.nngp(), slice.count(), factor,
                        static_cast<T>(layer.b_std * layer.b_std));
    if (slice.tangent)
        slice_loops::scale_and_gain(slice.ntk(), slice.nngp(), slice.count(), factor,
                                    static_cast<T>(layer.trained ? 1 : 0));
}

template <typename T>
void SliceRecursion<T>::apply_windows(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    // Where both pixels of a pair are inside, all that lies outside the slice is padding.
    const Index rows = layer.padded ? slice.rows : slice.rows - layer.rows.window + 1;
    const Index columns = layer.padded ? slice.columns : slice.columns - layer.columns.window + 1;
    if (rows > 0 && columns > 0) {
        scratch_.resize(std::max(scratch_.size(), static_cast<std::size_t>(slice.count())));
        const auto sum_windows = [&](T* values) {
            slice_loops::clear_row_ends(values, slice.rows, slice.columns, slice.stride);
            slice_loops::sum_along_rows(values, slice.count(), layer.columns.window,
                                        layer.columns.before, scratch_.data());
            slice_loops::sum_along_columns(scratch_.data(), slice.rows, slice.stride,
                                           layer.rows.window, layer.rows.before, rows, values);
        };
        sum_windows(slice.nngp());
        if (slice.tangent) sum_windows(slice.ntk());
    }
    slice.rows = rows;
    slice.columns = columns;
}

template <typename T>
void SliceRecursion<T>::apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    const std::size_t map = next_map(slice);
    scratch_.resize(std::max(scratch_.size(), static_cast<std::size_t>(slice.count())));
    layer.dual->apply(variances_->left(map, slice.left_row()), 1,
                      variances_->right(map, slice.right_row()), slice.nngp(),
                      slice.tangent ? scratch_.data() : nullptr, slice.count());
    if (slice.tangent) slice_loops::multiply(slice.ntk(), scratch_.data(), slice.count());
}

template <typename T>
void SliceRecursion<T>::apply_layer_norm(DisplacementSlice<T>& slice) {
    const std::size_t map = next_map(slice);
    const T* left = variances_->left(map, slice.left_row());
    const T* right = variances_->right(map, slice.right_row());
    for (Index k = 0; k < slice.count(); ++k) {
        const T product = left[k] * right[k];
        const T factor = product > 0 ? 1 / std::sqrt(product) : 0;
        slice.nngp()[k] *= factor;
        if (slice.tangent) slice.ntk()[k] *= factor;
    }
}

template <typename T>
void SliceRecursion<T>::apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    DisplacementSlice<T> other = slice;
    apply_layers(layer.branch, slice);
    apply_layers(layer.shortcut, other);
    if (slice.empty()) return;
    slice_loops::add(slice.nngp(), other.nngp(), slice.count());
    if (slice.tangent) slice_loops::add(slice.ntk(), other.ntk(), slice.count());
}

template <typename T>
std::size_t SliceRecursion<T>::next_map(DisplacementSlice<T>& slice) {
    if (recorded_ != nullptr) {
        Matrix<T> variances(slice.rows, slice.columns);
        for (Index r = 0; r < slice.rows; ++r)
            std::copy_n(slice.nngp() + r * slice.stride, slice.columns, variances.row(r).data());
        recorded_columns_->append(variances, slice.stride);
        recorded_->push_back(std::move(variances));
    }
    return next_++;
}

template class OverlappingColumns<float>;
template class OverlappingColumns<double>;
template struct DisplacementSlice<float>;
template struct DisplacementSlice<double>;
template SliceSums sums_of(DisplacementSlice<float>&);
template SliceSums sums_of(DisplacementSlice<double>&);
template class SliceRecursion<float>;
template class SliceRecursion<double>;

}  // namespace sketchntk
