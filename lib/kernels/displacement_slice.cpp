#include "kernels/displacement_slice.hpp"

#include "core/dispatch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sketchntk {

namespace {

#define SKETCHNTK_INLINE [[gnu::always_inline]] inline

template <typename T>
SKETCHNTK_INLINE void add_shifted(const T* in, Index inputs, Index shift, Index outputs, T* out) {
    const Index begin = std::max<Index>(0, -shift), end = std::min(outputs, inputs - shift);
    for (Index c = begin; c < end; ++c) out[c] += in[c + shift];
}

/// Sums over the windows of `across` columns (the first at -across_before) and `down` rows.
template <typename T>
SKETCHNTK_INLINE void sum_windows(const T* in, Index rows, Index columns, Index across,
                                  Index across_before, Index down, Index down_before,
                                  Index out_rows, Index out_columns, T* buffer, T* out) {
    std::fill_n(buffer, rows * out_columns, T{0});
    for (Index r = 0; r < rows; ++r)
        for (Index s = 0; s < across; ++s)
            add_shifted(in + r * columns, columns, s - across_before, out_columns,
                        buffer + r * out_columns);
    std::fill_n(out, out_rows * out_columns, T{0});
    for (Index r = 0; r < out_rows; ++r)
        for (Index s = 0; s < down; ++s) {
            const Index from = r + s - down_before;
            if (from >= 0 && from < rows)
                add_shifted(buffer + from * out_columns, out_columns, Index{0}, out_columns,
                            out + r * out_columns);
        }
}

template <typename T>
SKETCHNTK_INLINE void scale_and_shift(T* values, Index count, T factor, T shift) {
    for (Index k = 0; k < count; ++k) values[k] = factor * values[k] + shift;
}

template <typename T>
SKETCHNTK_INLINE void scale_and_gain(T* tangent, const T* nngp, Index count, T factor, T gain) {
    for (Index k = 0; k < count; ++k) tangent[k] = factor * tangent[k] + gain * nngp[k];
}

template <typename T>
SKETCHNTK_INLINE void multiply(T* values, const T* factors, Index count) {
    for (Index k = 0; k < count; ++k) values[k] *= factors[k];
}

template <typename T>
SKETCHNTK_INLINE void add_products(const T* left, const T* right, Index count, T* out) {
    for (Index k = 0; k < count; ++k) out[k] += left[k] * right[k];
}

// The loops above, one version for each vector level.
#define SKETCHNTK_SLICE_LOOPS(T)                                                               \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void window_sums(const T* in, Index rows, Index columns, const SliceLayer& layer,          \
                     Index out_rows, Index out_columns, T* buffer, T* out) {                   \
        sum_windows(in, rows, columns, layer.columns.window, layer.columns.before,             \
                    layer.rows.window, layer.rows.before, out_rows, out_columns, buffer, out); \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void affine(T* values, Index count, T factor, T shift) {                                   \
        scale_and_shift(values, count, factor, shift);                                         \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void gain_of_layer(T* tangent, const T* nngp, Index count, T factor, T gain) {             \
        scale_and_gain(tangent, nngp, count, factor, gain);                                    \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void products(const T* left, const T* right, Index count, T* out) {                        \
        add_products(left, right, count, out);                                                 \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void times(T* values, const T* factors, Index count) {                                     \
        multiply(values, factors, count);                                                      \
    }

SKETCHNTK_SLICE_LOOPS(float)
SKETCHNTK_SLICE_LOOPS(double)

}  // namespace

template <typename T>
void start_slice(const PixelPlanes<T>& left, const PixelPlanes<T>& right, bool tangent,
                 DisplacementSlice<T>& slice) {
    slice.rows = left.rows - std::abs(slice.down);
    slice.columns = left.columns - std::abs(slice.right);
    const auto count = static_cast<std::size_t>(slice.rows * slice.columns);
    slice.nngp.assign(count, T{0});
    slice.ntk.assign(tangent ? count : 0, T{0});
    for (Index channel = 0; channel < left.values.rows(); ++channel)
        for (Index r = 0; r < slice.rows; ++r)
            products(
                &left.values(channel, (slice.left_row() + r) * left.columns + slice.left_column()),
                &right.values(channel,
                              (slice.right_row() + r) * right.columns + slice.right_column()),
                slice.columns, slice.nngp.data() + r * slice.columns);
}

template <typename T>
void SliceRecursion<T>::apply(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice) {
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
    const Index count = slice.rows * slice.columns;
    const auto factor = static_cast<T>(layer.w_std * layer.w_std / static_cast<double>(window));
    affine(slice.nngp.data(), count, factor, static_cast<T>(layer.b_std * layer.b_std));
    if (!slice.ntk.empty())
        gain_of_layer(slice.ntk.data(), slice.nngp.data(), count, factor,
                      static_cast<T>(layer.trained ? 1 : 0));
}

template <typename T>
void SliceRecursion<T>::apply_windows(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    // Where both pixels of a pair are inside, all that lies outside the slice is padding.
    const Index rows = layer.padded ? slice.rows : slice.rows - layer.rows.window + 1;
    const Index columns = layer.padded ? slice.columns : slice.columns - layer.columns.window + 1;
    if (rows > 0 && columns > 0) {
        along_rows_.resize(static_cast<std::size_t>(slice.rows * columns));
        for (AlignedVector<T>* values : {&slice.nngp, &slice.ntk}) {
            if (values->empty()) continue;
            scratch_.resize(std::max(scratch_.size(), static_cast<std::size_t>(rows * columns)));
            window_sums(values->data(), slice.rows, slice.columns, layer, rows, columns,
                        along_rows_.data(), scratch_.data());
            std::copy_n(scratch_.data(), rows * columns, values->data());
        }
    }
    slice.rows = rows;
    slice.columns = columns;
}

template <typename T>
void SliceRecursion<T>::apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    const std::size_t map = next_map(slice);
    const Matrix<T>& left = (*left_)[map];
    const Matrix<T>& right = (*right_)[map];
    const bool tangent = !slice.ntk.empty();
    scratch_.resize(std::max(scratch_.size(), static_cast<std::size_t>(slice.columns)));
    for (Index r = 0; r < slice.rows; ++r) {
        const Index first = r * slice.columns;
        layer.dual->apply(&left(slice.left_row() + r, slice.left_column()), 1,
                          &right(slice.right_row() + r, slice.right_column()),
                          slice.nngp.data() + first, tangent ? scratch_.data() : nullptr,
                          slice.columns);
        if (tangent) times(slice.ntk.data() + first, scratch_.data(), slice.columns);
    }
}

template <typename T>
void SliceRecursion<T>::apply_layer_norm(DisplacementSlice<T>& slice) {
    const std::size_t map = next_map(slice);
    for (Index r = 0; r < slice.rows; ++r)
        for (Index c = 0; c < slice.columns; ++c) {
            const T product = (*left_)[map](slice.left_row() + r, slice.left_column() + c) *
                              (*right_)[map](slice.right_row() + r, slice.right_column() + c);
            const T factor = product > 0 ? 1 / std::sqrt(product) : 0;
            const auto k = static_cast<std::size_t>(r * slice.columns + c);
            slice.nngp[k] *= factor;
            if (!slice.ntk.empty()) slice.ntk[k] *= factor;
        }
}

template <typename T>
void SliceRecursion<T>::apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice) {
    DisplacementSlice<T> other = slice;
    apply(layer.branch, slice);
    apply(layer.shortcut, other);
    const auto count = slice.empty() ? 0 : static_cast<std::size_t>(slice.rows * slice.columns);
    for (std::size_t k = 0; k < count; ++k) slice.nngp[k] += other.nngp[k];
    if (slice.ntk.empty()) return;
    for (std::size_t k = 0; k < count; ++k) slice.ntk[k] += other.ntk[k];
}

template <typename T>
std::size_t SliceRecursion<T>::next_map(const DisplacementSlice<T>& slice) {
    if (recorded_ != nullptr) {
        Matrix<T> variances(slice.rows, slice.columns);
        std::copy_n(slice.nngp.data(), slice.rows * slice.columns, variances.data());
        recorded_->push_back(std::move(variances));
    }
    return next_++;
}

template void start_slice(const PixelPlanes<float>&, const PixelPlanes<float>&, bool,
                          DisplacementSlice<float>&);
template void start_slice(const PixelPlanes<double>&, const PixelPlanes<double>&, bool,
                          DisplacementSlice<double>&);
template class SliceRecursion<float>;
template class SliceRecursion<double>;

}  // namespace sketchntk
