#include "kernels/slice_recursion.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sketchntk {

namespace {

template <typename T>
slice_loops::Weights<T> slice_weights(const SliceLayer& layer) {
    const auto window = static_cast<double>(layer.rows.window * layer.columns.window);
    return {.factor = static_cast<T>(layer.w_std * layer.w_std / window),
            .shift = static_cast<T>(layer.b_std * layer.b_std),
            .gain = static_cast<T>(layer.trained ? 1 : 0)};
}

bool is_same_convolution_of_three(const WindowAxis& axis) {
    return axis.window == 3 && axis.stride == 1 && axis.before == 1 && axis.outputs == axis.inputs;
}

template <typename T>
T* resized(AlignedVector<T>& numbers, Index size) {
    numbers.resize(std::max(numbers.size(), static_cast<std::size_t>(size)));
    return numbers.data();
}

}  // namespace

template <typename T>
void SliceRecursion<T>::apply_layers(const std::vector<SliceLayer>& layers,
                                     DisplacementSlice<T>& slice) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (i + 1 < layers.size() && becomes_one_loop(layers[i], layers[i + 1])) {
            apply_rectified_convolution(layers[i], *layers[i + 1].rectifier, slice);
            ++i;
        } else {
            apply_layer(layers[i], slice);
        }
    }
}

template <typename T>
void SliceRecursion<T>::apply_layer(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    switch (layer.kind) {
        case SliceLayer::Kind::weights:
            return apply_weights(layer, slice);
        case SliceLayer::Kind::activation:
            return recorded_ == nullptr ? apply_activation(layer, slice)
                                        : record_activation(layer, slice);
        case SliceLayer::Kind::layer_norm:
            return recorded_ == nullptr ? apply_layer_norm(slice) : record_layer_norm(slice);
        case SliceLayer::Kind::residual:
            return apply_residual(layer, slice);
    }
}

template <typename T>
bool SliceRecursion<T>::becomes_one_loop(const SliceLayer& layer, const SliceLayer& next) {
    return layer.kind == SliceLayer::Kind::weights && layer.trained &&
           is_same_convolution_of_three(layer.rows) &&
           is_same_convolution_of_three(layer.columns) && next.rectifier != nullptr &&
           next.rectifier->weights().opposite == 0;
}

template <typename T>
void SliceRecursion<T>::apply_rectified_convolution(const SliceLayer& convolution,
                                                    const RectifierDual& dual,
                                                    DisplacementSlice<T>& slice) {
    const slice_loops::Weights<T> weights = slice_weights<T>(convolution);
    const T gain = static_cast<T>(dual.weights().same);
    if (recorded_ != nullptr) {
        sum_windows(convolution, slice);
        slice_loops::weigh({slice.nngp(), nullptr},
                           {weights.factor * gain, weights.shift * gain, 0}, slice.count());
        return record_deviations(slice);
    }
    const slice_loops::DeviationsOfBoth<T> deviations = next_deviations(slice);
    const slice_loops::RectifiedConvolution<T> layer{.factor = weights.factor * gain,
                                                     .shift = weights.shift * gain,
                                                     .nonnegative = slice.nonnegative,
                                                     .ntk_is_zero = slice.ntk() == nullptr};
    T* const ntk = slice.ntk_to_write();
    slice_loops::convolve_and_rectify(layer, deviations, slice.extent(), {slice.nngp(), ntk},
                                      slice.has_room_in_front(), slice.zeros());
    slice.shift_by_a_row();
    slice.nonnegative = true;
}

template <typename T>
void SliceRecursion<T>::apply_weights(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    if (!layer.sees_its_pixel_alone()) sum_windows(layer, slice);
    T* const ntk = slice.written_ntk();
    slice_loops::weigh({slice.nngp(), ntk}, slice_weights<T>(layer), slice.count());
}

template <typename T>
void SliceRecursion<T>::sum_windows(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    // Where both pixels of a pair are inside, all that lies outside the slice is padding.
    const slice_loops::Extent inputs = slice.extent();
    const T *const nngp = slice.nngp(), *const ntk = slice.ntk();
    T* const nngp_sums = slice.begin_in(nngp_scratch_);
    T* const ntk_sums = ntk == nullptr ? nullptr : slice.begin_in(ntk_scratch_);
    slice.shrink(layer.rows, layer.columns);
    const slice_loops::RowOfWindows row{.inputs = inputs.columns,
                                        .outputs = slice.columns,
                                        .window = layer.columns.window,
                                        .step = layer.columns.stride,
                                        .before = layer.columns.before};
    T* const scratch = resized(row_scratch_, inputs.columns * lane_count<T>);
    for (Index r = 0; r < slice.rows; ++r) {
        const Index begin = r * layer.rows.stride - layer.rows.before;
        const Index first = std::max<Index>(0, begin);
        const Index count = std::min(inputs.rows, begin + layer.rows.window) - first;
        const Index from = first * inputs.columns * lane_count<T>;
        const Index to = r * slice.columns * lane_count<T>;
        slice_loops::sum_windows(nngp + from, count, row, scratch, nngp_sums + to);
        if (ntk != nullptr)
            slice_loops::sum_windows(ntk + from, count, row, scratch, ntk_sums + to);
    }
    slice.swap_memory(nngp_scratch_, ntk_scratch_);
}

template <typename T>
void SliceRecursion<T>::apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    if (layer.rectifier != nullptr) return apply_rectifier(*layer.rectifier, slice);
    const slice_loops::MapOfBoth<T> variances = next_map(slice);
    const Index row = slice.columns * lane_count<T>;
    T* const left = resized(row_scratch_, row);
    T* const derivative = resized(ntk_scratch_, row);
    for (Index r = 0; r < slice.rows; ++r) {
        slice_loops::repeat(variances.left + r * variances.pitch, slice.columns, left);
        T* const ntk = slice.ntk();
        layer.dual->apply(left, 1, variances.right + r * variances.pitch * lane_count<T>,
                          slice.nngp() + r * row, ntk != nullptr ? derivative : nullptr, row);
        if (ntk != nullptr) slice_loops::multiply(ntk + r * row, derivative, row);
    }
    slice.nonnegative = false;
}

template <typename T>
void SliceRecursion<T>::apply_rectifier(const RectifierDual& dual, DisplacementSlice<T>& slice) {
    const auto [same, opposite] = dual.weights();
    slice_loops::rectify(
        slice_loops::RectifierWeights<T>{static_cast<T>(same), static_cast<T>(opposite)},
        next_deviations(slice), slice.extent(), {slice.nngp(), slice.ntk()});
    slice.nonnegative = opposite <= 0;
}

template <typename T>
void SliceRecursion<T>::apply_layer_norm(DisplacementSlice<T>& slice) {
    slice_loops::normalise(next_map(slice), slice.extent(), {slice.nngp(), slice.ntk()});
}

template <typename T>
void SliceRecursion<T>::apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    std::unique_ptr<DisplacementSlice<T>> other = copy_of(slice);
    apply_layers(layer.branch, slice);
    apply_layers(layer.shortcut, *other);
    slice_loops::add(slice.nngp(), other->nngp(), slice.count());
    if (T* ntk = slice.written_ntk(); ntk != nullptr)
        slice_loops::add(ntk, other->written_ntk(), slice.count());
    slice.nonnegative = slice.nonnegative && other->nonnegative;
    shortcuts_.push_back(std::move(other));
}

template <typename T>
std::unique_ptr<DisplacementSlice<T>> SliceRecursion<T>::copy_of(DisplacementSlice<T>& slice) {
    if (shortcuts_.empty()) return std::make_unique<DisplacementSlice<T>>(slice);
    std::unique_ptr<DisplacementSlice<T>> copy = std::move(shortcuts_.back());
    shortcuts_.pop_back();
    copy->copy(slice);
    return copy;
}

template <typename T>
slice_loops::MapOfBoth<T> SliceRecursion<T>::next_map(const DisplacementSlice<T>& slice) {
    const std::size_t map = next_++;
    return slice.from_first_pixel((*left_)[map], (*right_)[map]);
}

template <typename T>
slice_loops::DeviationsOfBoth<T> SliceRecursion<T>::next_deviations(
    const DisplacementSlice<T>& slice) {
    const slice_loops::MapOfBoth<T> deviation = next_map(slice);
    return {deviation, next_map(slice)};
}

template <typename T>
void SliceRecursion<T>::record_activation(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    if (layer.rectifier != nullptr) {
        record_deviations(slice);
        slice_loops::scale(slice.nngp(), static_cast<T>(layer.rectifier->weights().same),
                           slice.count(), slice.nngp());
        return;
    }
    const T* const variances = record(slice, [](T variance) { return variance; });
    layer.dual->apply(variances, 1, variances, slice.nngp(), nullptr, slice.count());
}

template <typename T>
void SliceRecursion<T>::record_deviations(DisplacementSlice<T>& slice) {
    record(slice, [](T variance) { return Deviation<T>(variance).deviation; });
    record(slice, [](T variance) { return Deviation<T>(variance).inverse; });
}

template <typename T>
void SliceRecursion<T>::record_layer_norm(DisplacementSlice<T>& slice) {
    record(slice, [](T variance) { return variance; });
    std::transform(slice.nngp(), slice.nngp() + slice.count(), slice.nngp(), [](T variance) {
        const T square = variance * variance;
        return square > 0 ? variance * (1 / std::sqrt(square)) : T{0};
    });
}

template <typename T>
template <typename FromVariance>
const T* SliceRecursion<T>::record(DisplacementSlice<T>& slice, const FromVariance& from_variance) {
    GroupMap<T> map{slice.rows, slice.columns,
                    AlignedVector<T>(static_cast<std::size_t>(slice.count()))};
    std::transform(slice.nngp(), slice.nngp() + slice.count(), map.values.data(), from_variance);
    recorded_->push_back(std::move(map));
    return recorded_->back().values.data();
}

template class SliceRecursion<float>;
template class SliceRecursion<double>;

}  // namespace sketchntk
