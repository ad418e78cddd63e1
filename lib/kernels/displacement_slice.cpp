#include "kernels/displacement_slice.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sketchntk {

using slice_loops::vector_length;
using slice_loops::whole_vectors;

template <typename T>
ColumnCut<T>::ColumnCut(const PixelMaps<T>& maps, Index from) {
    Index size = 0;
    for (const PixelMap<T>& map : maps) {
        const Index stride = map.stride - std::abs(from / map.column_step);
        places_.push_back({size, stride});
        size += whole_vectors(map.values.rows() * stride);
    }
    entries_.resize(static_cast<std::size_t>(size + vector_length));
    for (std::size_t m = 0; m < maps.size(); ++m) {
        const Matrix<T>& values = maps[m].values;
        const Index displacement = from / maps[m].column_step;
        const Index count = values.columns() - std::abs(displacement);
        for (Index r = 0; r < values.rows() && count > 0; ++r)
            std::copy_n(&values(r, std::max<Index>(0, displacement)), count,
                        entries_.data() + places_[m].begin + r * places_[m].stride);
    }
}

template <typename T>
DisplacementSlice<T>::DisplacementSlice(const PixelExtent& image, Index reach, bool with_tangent)
    : image_(image),
      reach_(reach),
      margin_(whole_vectors(reach)),
      wants_ntk_(with_tangent),
      nngp_and_margin_(static_cast<std::size_t>(
          2 * margin_ + whole_vectors(image.rows * (image.columns + reach)) + vector_length)),
      ntk_and_margin_(with_tangent ? nngp_and_margin_.size() : 0) {}

template <typename T>
T* DisplacementSlice<T>::ntk_to_write() {
    has_ntk_ = wants_ntk_;
    return ntk();
}

template <typename T>
T* DisplacementSlice<T>::written_ntk() {
    if (wants_ntk_ && !has_ntk_) std::fill_n(ntk_to_write(), whole_vectors(count()), T{0});
    return ntk();
}

template <typename T>
void DisplacementSlice<T>::place(Index to_down, Index to_across) {
    down = to_down;
    across = to_across;
    rows = image_.rows - std::abs(down);
    columns = image_.columns - std::abs(across);
    stride = columns + reach_;
    column_step = 1;
    has_ntk_ = false;
}

template <typename T>
Index DisplacementSlice<T>::stride_behind(const WindowAxis& column_windows) const {
    if (column_windows.stride == 1) return stride;
    return column_windows.outputs - std::abs(across / column_windows.stride) + reach_;
}

template <typename T>
void DisplacementSlice<T>::shrink(const WindowAxis& row_windows, const WindowAxis& column_windows) {
    stride = stride_behind(column_windows);
    down /= row_windows.stride;
    across /= column_windows.stride;
    column_step *= column_windows.stride;
    rows = row_windows.outputs - std::abs(down);
    columns = column_windows.outputs - std::abs(across);
}

template <typename T>
void DisplacementSlice<T>::start(const ColumnCut<T>& left, const ColumnCut<T>& right, Index to_down,
                                 Index to_across) {
    place(to_down, to_across);
    const Index length = whole_vectors(count());
    std::size_t channel = 0;
    if (left.size() >= 3) {
        const T* lefts[3];
        const T* rights[3];
        for (; channel < 3; ++channel) {
            lefts[channel] = left.at(channel, left_row());
            rights[channel] = right.at(channel, right_row());
        }
        slice_loops::products_of_three(lefts, rights, length, nngp());
    } else {
        std::fill_n(nngp(), length, T{0});
    }
    for (; channel < left.size(); ++channel)
        slice_loops::add_products(left.at(channel, left_row()), right.at(channel, right_row()),
                                  length, nngp());
}

template <typename T>
void SliceTotal<T>::add(DisplacementSlice<T>& slice) {
    if (stride_ == 0) {
        stride_ = slice.stride;
        columns_ = slice.columns;
        nngp_.resize(static_cast<std::size_t>(whole_vectors(most_rows_ * stride_)));
        ntk_.resize(with_tangent_ ? nngp_.size() : 0);
    }
    const Index length = whole_vectors(slice.count());
    const auto add = [&](AlignedVector<T>& total, T* values) {
        std::fill_n(values + slice.count(), length - slice.count(), T{0});
        slice_loops::add(total.data(), values, length);
    };
    add(nngp_, slice.nngp());
    if (slice.ntk() != nullptr) add(ntk_, slice.ntk());
}

template <typename T>
SliceSums SliceTotal<T>::sums() const {
    const auto sum_of = [this](const AlignedVector<T>& values) {
        double sum = 0;
        const auto size = static_cast<Index>(values.size());
        for (Index row = 0; row + stride_ <= size; row += stride_)
            for (Index k = row; k < row + columns_; ++k)
                sum += static_cast<double>(values[static_cast<std::size_t>(k)]);
        return sum;
    };
    return {sum_of(nngp_), sum_of(ntk_)};
}

template <typename T>
void SliceRecursion<T>::apply_layers(const std::vector<SliceLayer>& layers,
                                     DisplacementSlice<T>& slice) {
    for (const SliceLayer& layer : layers) {
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
    const slice_loops::Weights<T> weights{
        .factor = static_cast<T>(layer.w_std * layer.w_std / static_cast<double>(window)),
        .shift = static_cast<T>(layer.b_std * layer.b_std),
        .gain = static_cast<T>(layer.trained ? 1 : 0)};
    if (!layer.sees_its_pixel_alone()) return apply_windows(layer, weights, slice);
    T* ntk = slice.written_ntk();
    slice_loops::weigh({slice.nngp(), ntk}, weights, whole_vectors(slice.count()));
}

template <typename T>
void SliceRecursion<T>::apply_windows(const SliceLayer& layer,
                                      const slice_loops::Weights<T>& weights,
                                      DisplacementSlice<T>& slice) {
    // Where both pixels of a pair are inside, all that lies outside the slice is padding.
    const WindowAxis& down = layer.rows;
    T* const nngp_sums = sum_along_rows(layer.columns, slice, slice.nngp(), nngp_scratch_);
    T* const ntk_sums = sum_along_rows(layer.columns, slice, slice.ntk(), ntk_scratch_);
    T* const ntk = slice.ntk_to_write();
    const Index inputs = slice.rows;
    slice.shrink(layer.rows, layer.columns);
    // Without strides, rows whose window is whole in one go, those at the edges one by one.
    for (Index r = 0, group = 1; r < slice.rows; r += group) {
        const Index begin = r * down.stride - down.before;
        const Index first = std::max<Index>(0, begin);
        const Index window = std::min(inputs, begin + down.window) - first;
        group = window < down.window || down.stride > 1
                    ? 1
                    : std::min(slice.rows, inputs - down.window + down.before + 1) - r;
        const Index from = first * slice.stride, to = r * slice.stride;
        slice_loops::weigh_sums({nngp_sums + from, ntk_sums == nullptr ? nullptr : ntk_sums + from},
                                slice.stride, window, whole_vectors(group * slice.stride), weights,
                                {slice.nngp() + to, ntk == nullptr ? nullptr : ntk + to});
    }
}

template <typename T>
T* SliceRecursion<T>::sum_along_rows(const WindowAxis& across, const DisplacementSlice<T>& slice,
                                     T* values, AlignedVector<T>& sums) {
    if (values == nullptr) return nullptr;
    const auto make_room = [](AlignedVector<T>& numbers, Index size) {
        numbers.resize(std::max(numbers.size(), static_cast<std::size_t>(size)));
    };
    const Index length = whole_vectors(slice.count());
    AlignedVector<T>& of_all = across.stride == 1 ? sums : unsplit_scratch_;
    make_room(of_all, length + slice_loops::read_behind(across.stride));
    slice_loops::clear_row_ends(values, slice.rows, slice.columns, slice.stride);
    slice_loops::sum_along_rows(values, length, across.window, across.before, of_all.data());
    if (across.stride == 1) return sums.data();
    // Only the first of each `stride` windows is wanted.
    const Index stride = slice.stride_behind(across);
    const Index part = whole_vectors(slice.rows * stride + vector_length);
    make_room(sums, across.stride * part);
    slice_loops::split_columns(of_all.data(), slice.stride, slice.rows, across.stride,
                               across.outputs - std::abs(slice.across / across.stride), sums.data(),
                               stride, part);
    return sums.data();
}

template <typename T>
void SliceRecursion<T>::apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    if (layer.rectifier != nullptr) return apply_rectifier(*layer.rectifier, slice);
    const MapOfBoth variances = next_map(slice, [](T variance) { return variance; });
    T* ntk = slice.ntk();
    ntk_scratch_.resize(std::max(ntk_scratch_.size(), static_cast<std::size_t>(slice.count())));
    layer.dual->apply(variances.left, 1, variances.right, slice.nngp(),
                      ntk != nullptr ? ntk_scratch_.data() : nullptr, slice.count());
    if (ntk != nullptr) slice_loops::multiply(ntk, ntk_scratch_.data(), slice.count());
}

template <typename T>
void SliceRecursion<T>::apply_rectifier(const RectifierDual& dual, DisplacementSlice<T>& slice) {
    const MapOfBoth deviations =
        next_map(slice, [](T variance) { return Deviation<T>(variance).deviation; });
    const MapOfBoth inverses =
        next_map(slice, [](T variance) { return Deviation<T>(variance).inverse; });
    dual.apply({.left = deviations.left,
                .left_inverse = inverses.left,
                .right = deviations.right,
                .right_inverse = inverses.right},
               slice.nngp(), slice.ntk(), whole_vectors(slice.count()));
}

template <typename T>
void SliceRecursion<T>::apply_layer_norm(DisplacementSlice<T>& slice) {
    const MapOfBoth variances = next_map(slice, [](T variance) { return variance; });
    T* ntk = slice.ntk();
    for (Index k = 0; k < slice.count(); ++k) {
        const T product = variances.left[k] * variances.right[k];
        const T factor = product > 0 ? 1 / std::sqrt(product) : 0;
        slice.nngp()[k] *= factor;
        if (ntk != nullptr) ntk[k] *= factor;
    }
}

template <typename T>
void SliceRecursion<T>::apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    DisplacementSlice<T> other = slice;
    apply_layers(layer.branch, slice);
    apply_layers(layer.shortcut, other);
    slice_loops::add(slice.nngp(), other.nngp(), slice.count());
    if (T* ntk = slice.written_ntk(); ntk != nullptr)
        slice_loops::add(ntk, other.written_ntk(), slice.count());
}

template <typename T>
template <typename FromVariance>
typename SliceRecursion<T>::MapOfBoth SliceRecursion<T>::next_map(
    DisplacementSlice<T>& slice, const FromVariance& from_variance) {
    const std::size_t map = next_++;
    if (recorded_ == nullptr)
        return {left_->at(map, slice.left_row()), right_->at(map, slice.right_row())};
    Matrix<T> as_slice(1, whole_vectors(slice.count()));
    std::transform(slice.nngp(), slice.nngp() + slice.count(), as_slice.data(), from_variance);
    Matrix<T> pixels(slice.rows, slice.columns);
    for (Index r = 0; r < slice.rows; ++r)
        std::copy_n(as_slice.data() + r * slice.stride, slice.columns, pixels.row(r).data());
    recorded_->push_back({std::move(pixels), slice.stride, slice.column_step});
    recorded_as_slices_.push_back(std::move(as_slice));
    return {recorded_as_slices_.back().data(), recorded_as_slices_.back().data()};
}

template class ColumnCut<float>;
template class ColumnCut<double>;
template class DisplacementSlice<float>;
template class DisplacementSlice<double>;
template class SliceTotal<float>;
template class SliceTotal<double>;
template class SliceRecursion<float>;
template class SliceRecursion<double>;

}  // namespace sketchntk
