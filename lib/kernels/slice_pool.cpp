#include "kernels/slice_pool.hpp"

#include <algorithm>
#include <cstdlib>

namespace sketchntk {

PoolAxis::PoolAxis(const WindowAxis& axis, std::vector<Index> outputs)
    : axis_(axis),
      outputs_(std::move(outputs)),
      slots_(static_cast<std::size_t>(2 * (axis.window - 1) / axis.stride + 1)) {
    std::size_t first = 0, last = 0;
    for (Index input = 1 - axis.inputs; input < axis.inputs; ++input) {
        while (first < outputs_.size() && shift(first, input) >= axis.window) ++first;
        while (last < outputs_.size() && shift(last, input) > -axis.window) ++last;
        taking_.emplace_back(first, last);
    }
}

Index PoolAxis::shift(std::size_t output, Index input) const {
    return input - axis_.stride * outputs_[output];
}

bool PoolAxis::begins(std::size_t output, Index input) const {
    return shift(output, input) == 1 - axis_.window;
}

bool PoolAxis::ends(std::size_t output, Index input) const {
    return shift(output, input) == axis_.window - 1;
}

Index PoolAxis::pixels(std::size_t output) const {
    return axis_.outputs - std::abs(outputs_[output]);
}

// From the pixel of the image to that of the slice.
Index PoolAxis::first_window(std::size_t output, Index input) const {
    return axis_.stride * std::max<Index>(0, -outputs_[output]) - std::max<Index>(0, -input) +
           std::max<Index>(0, -shift(output, input));
}

slice_loops::Windows PoolAxis::windows(std::size_t output, Index input) const {
    return {pixels(output), axis_.stride, axis_.window - std::abs(shift(output, input))};
}

template <typename T>
SlicePool<T>::SlicePool(PoolAxis rows, PoolAxis columns, bool with_tangent)
    : rows_(std::move(rows)), columns_(std::move(columns)), with_tangent_(with_tangent) {
    const auto window = static_cast<double>(rows_.axis().window * columns_.axis().window);
    factor_ = static_cast<T>(1 / (window * window));
    Index total_rows = 0;
    for (std::size_t output = 0; output < rows_.outputs().size(); ++output) {
        rows_before_.push_back(total_rows);
        total_rows += rows_.pixels(output);
    }
    slot_size_ = total_rows * columns_.axis().outputs * lane_count<T>;
    row_sums_size_ = rows_.axis().outputs * columns_.axis().inputs * lane_count<T>;
    nngp_row_sums_.resize(rows_.slots() * static_cast<std::size_t>(row_sums_size_));
    ntk_row_sums_.resize(with_tangent_ ? nngp_row_sums_.size() : 0);
}

template <typename T>
Index SlicePool<T>::numbers() const {
    const Index slots = static_cast<Index>(columns_.slots()) * slot_size_;
    return with_tangent_ ? 2 * slots : slots;
}

template <typename T>
PooledSlices<T> SlicePool<T>::empty() const {
    const Index planes = with_tangent_ ? 2 : 1;
    PooledSlices<T> pooled;
    pooled.nngp.resize(static_cast<std::size_t>(numbers() / planes));
    pooled.ntk.resize(with_tangent_ ? pooled.nngp.size() : 0);
    return pooled;
}

template <typename T>
Index SlicePool<T>::begin(std::size_t output_down, std::size_t output_across) const {
    return static_cast<Index>(columns_.slot(output_across)) * slot_size_ +
           rows_before_[output_down] * columns_.pixels(output_across) * lane_count<T>;
}

template <typename T>
void SlicePool<T>::add(DisplacementSlice<T>& slice, PooledSlices<T>& pooled) {
    const auto [first, last] = rows_.taking(slice.down);
    for (std::size_t output = first; output < last; ++output) {
        add_rows(output, slice);
        if (rows_.ends(output, slice.down)) add_columns(output, slice, pooled);
    }
}

template <typename T>
void SlicePool<T>::add_rows(std::size_t output, DisplacementSlice<T>& slice) {
    const slice_loops::Windows windows = rows_.windows(output, slice.down);
    const Index row = slice.columns * lane_count<T>;
    const Index first = rows_.first_window(output, slice.down) * row;
    const auto add = [&](AlignedVector<T>& row_sums, const T* values) {
        T* const sums = row_sums.data() + static_cast<Index>(rows_.slot(output)) * row_sums_size_;
        if (rows_.begins(output, slice.down)) std::fill_n(sums, windows.count * row, T{0});
        if (values != nullptr) slice_loops::add_row_windows(values + first, row, windows, sums);
    };
    add(nngp_row_sums_, slice.nngp());
    if (with_tangent_) add(ntk_row_sums_, slice.ntk());
}

template <typename T>
void SlicePool<T>::add_columns(std::size_t output_down, const DisplacementSlice<T>& slice,
                               PooledSlices<T>& pooled) {
    const Index slot = static_cast<Index>(rows_.slot(output_down)) * row_sums_size_;
    const Index rows = rows_.pixels(output_down);
    add_columns(nngp_row_sums_.data() + slot, rows, slice, output_down, pooled.nngp);
    if (with_tangent_)
        add_columns(ntk_row_sums_.data() + slot, rows, slice, output_down, pooled.ntk);
}

template <typename T>
void SlicePool<T>::add_columns(const T* row_sums, Index rows, const DisplacementSlice<T>& slice,
                               std::size_t output_down, AlignedVector<T>& slices) {
    const auto [first, last] = columns_.taking(slice.across);
    for (std::size_t output = first; output < last; ++output) {
        T* const out = slices.data() + begin(output_down, output);
        const slice_loops::Windows windows = columns_.windows(output, slice.across);
        if (columns_.begins(output, slice.across))
            std::fill_n(out, rows * windows.count * lane_count<T>, T{0});
        const Index from = columns_.first_window(output, slice.across) * lane_count<T>;
        slice_loops::add_column_windows(row_sums + from, rows, slice.columns, windows, out);
    }
}

template <typename T>
void SlicePool<T>::take(std::size_t output_down, std::size_t output_across,
                        const PooledSlices<T>& pooled, DisplacementSlice<T>& slice) const {
    slice.place(rows_.outputs()[output_down], columns_.outputs()[output_across]);
    const Index from = begin(output_down, output_across);
    slice_loops::scale(pooled.nngp.data() + from, factor_, slice.count(), slice.nngp());
    if (T* const ntk = slice.ntk_to_write(); ntk != nullptr)
        slice_loops::scale(pooled.ntk.data() + from, factor_, slice.count(), ntk);
}

template class SlicePool<float>;
template class SlicePool<double>;

}  // namespace sketchntk
