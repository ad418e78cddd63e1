#include "kernels/slice_loops.hpp"

#include "core/dispatch.hpp"

#include <algorithm>
#include <array>

#define SKETCHNTK_INLINE [[gnu::always_inline]] inline

namespace sketchntk::slice_loops {

namespace {

template <typename T>
SKETCHNTK_INLINE void add_range(const T* __restrict in, Index count, T* __restrict out) {
    for (Index k = 0; k < count; ++k) out[k] += in[k];
}

template <typename T>
SKETCHNTK_INLINE void scale_range(const T* __restrict in, T factor, Index count,
                                  T* __restrict out) {
    for (Index k = 0; k < count; ++k) out[k] = factor * in[k];
}

// Not inlined: row by row, which GCC turns it into, it would call memset for each row's end.
template <typename T>
[[gnu::noinline]] void clear_column(T* values, Index rows, Index stride) {
    for (Index r = 0; r < rows; ++r) values[r * stride] = 0;
}

template <typename T>
SKETCHNTK_INLINE void window_along_rows(const T* __restrict in, Index count, Index window,
                                        Index before, T* __restrict out) {
    const T* first = in - before;
    if (window == 3) {
        for (Index k = 0; k < count; ++k) out[k] = first[k] + first[k + 1] + first[k + 2];
        return;
    }
    std::copy_n(first, count, out);
    for (Index s = 1; s < window; ++s) add_range(first + s, count, out);
}

template <int window, typename T>
SKETCHNTK_INLINE T sum_of_rows(const T* in, Index stride) {
    T sum = in[0];
    if constexpr (window > 1) sum += in[stride];
    if constexpr (window > 2) sum += in[2 * stride];
    return sum;
}

template <int window, typename T>
SKETCHNTK_INLINE void weigh_few(const T* __restrict in_nngp, const T* __restrict in_ntk,
                                Index stride, Index count, const Weights<T>& weights,
                                T* __restrict nngp, T* __restrict ntk) {
    const auto [factor, shift, gain] = weights;
    if (ntk == nullptr)
        for (Index k = 0; k < count; ++k)
            nngp[k] = factor * sum_of_rows<window>(in_nngp + k, stride) + shift;
    else if (in_ntk == nullptr)
        for (Index k = 0; k < count; ++k) {
            nngp[k] = factor * sum_of_rows<window>(in_nngp + k, stride) + shift;
            ntk[k] = gain * nngp[k];
        }
    else
        for (Index k = 0; k < count; ++k) {
            nngp[k] = factor * sum_of_rows<window>(in_nngp + k, stride) + shift;
            ntk[k] = factor * sum_of_rows<window>(in_ntk + k, stride) + gain * nngp[k];
        }
}

template <typename T>
SKETCHNTK_INLINE void weigh_in_place(T* nngp, T* ntk, const Weights<T>& weights, Index count) {
    const auto [factor, shift, gain] = weights;
    for (Index k = 0; k < count; ++k) nngp[k] = factor * nngp[k] + shift;
    if (ntk == nullptr) return;
    for (Index k = 0; k < count; ++k) ntk[k] = factor * ntk[k] + gain * nngp[k];
}

template <typename T>
SKETCHNTK_INLINE void weigh_any_sums(const Covariances<T>& in, Index stride, Index window,
                                     Index count, const Weights<T>& weights,
                                     const Covariances<T>& out) {
    if (window == 1)
        return weigh_few<1>(in.nngp, in.ntk, stride, count, weights, out.nngp, out.ntk);
    if (window == 2)
        return weigh_few<2>(in.nngp, in.ntk, stride, count, weights, out.nngp, out.ntk);
    if (window == 3)
        return weigh_few<3>(in.nngp, in.ntk, stride, count, weights, out.nngp, out.ntk);
    std::copy_n(in.nngp, count, out.nngp);
    for (Index s = 1; s < window; ++s) add_range(in.nngp + s * stride, count, out.nngp);
    if (out.ntk != nullptr) {
        if (in.ntk == nullptr)
            std::fill_n(out.ntk, count, T{0});
        else
            std::copy_n(in.ntk, count, out.ntk);
        for (Index s = 1; in.ntk != nullptr && s < window; ++s)
            add_range(in.ntk + s * stride, count, out.ntk);
    }
    weigh_in_place(out.nngp, out.ntk, weights, count);
}

template <typename T>
SKETCHNTK_INLINE void add_both(const T* __restrict first, const T* __restrict second, Index length,
                               T* __restrict out) {
    for (Index k = 0; k < length; ++k) out[k] += first[k] + second[k];
}

template <typename T>
SKETCHNTK_INLINE void add_row_window(const T* __restrict in, Index stride, Index window,
                                     Index length, T* __restrict out) {
    if (window == 2) return add_both(in, in + stride, length, out);
    for (Index t = 0; t < window; ++t) add_range(in + t * stride, length, out);
}

template <typename T>
SKETCHNTK_INLINE void split_row(const T* __restrict in, Index step, Index length, T* __restrict out,
                                Index part) {
    if (step == 2) {
        T* __restrict odd = out + part;
        for (Index k = 0; k < length; ++k) {
            out[k] = in[2 * k];
            odd[k] = in[2 * k + 1];
        }
        return;
    }
    for (Index p = 0; p < step; ++p)
        for (Index k = 0; k < length; ++k) out[p * part + k] = in[k * step + p];
}

}  // namespace

#define SKETCHNTK_DEFINE_SLICE_LOOPS(T)                                                            \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void add_products(const T* left, const T* right, Index count, T* out) {                        \
        for (Index k = 0; k < count; ++k) out[k] += left[k] * right[k];                            \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void products_of_three(const T* const* left, const T* const* right, Index count, T* out) {     \
        const T *a = left[0], *b = left[1], *c = left[2];                                          \
        const T *x = right[0], *y = right[1], *z = right[2];                                       \
        for (Index k = 0; k < count; ++k) out[k] = a[k] * x[k] + b[k] * y[k] + c[k] * z[k];        \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void add(T* values, const T* others, Index count) {                                            \
        add_range(others, count, values);                                                          \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void multiply(T* values, const T* factors, Index count) {                                      \
        for (Index k = 0; k < count; ++k) values[k] *= factors[k];                                 \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void weigh_sums(const Covariances<T>& in, Index stride, Index window, Index count,             \
                    const Weights<T>& weights, const Covariances<T>& out) {                        \
        weigh_any_sums(in, stride, window, count, weights, out);                                   \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void weigh(const Covariances<T>& values, const Weights<T>& weights, Index count) {             \
        weigh_in_place(values.nngp, values.ntk, weights, count);                                   \
    }                                                                                              \
    void clear_row_ends(T* values, Index rows, Index columns, Index stride) {                      \
        for (Index k = columns; k < stride; ++k) clear_column(values + k, rows, stride);           \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void sum_along_rows(const T* in, Index count, Index window, Index before, T* out) {            \
        window_along_rows(in, count, window, before, out);                                         \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void add_row_windows(const T* in, Index stride, Index columns, const Windows& windows, T* out, \
                         Index out_stride) {                                                       \
        const Index length = whole_vectors(columns);                                               \
        for (Index r = 0; r < windows.count; ++r)                                                  \
            add_row_window(in + r * windows.step * stride, stride, windows.window, length,         \
                           out + r * out_stride);                                                  \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void split_columns(const T* in, Index stride, Index rows, Index step, Index count, T* out,     \
                       Index out_stride, Index part) {                                             \
        const Index length = step == 2 ? whole_vectors(count) : count;                             \
        for (Index r = 0; r < rows; ++r)                                                           \
            split_row(in + r * stride, step, length, out + r * out_stride, part);                  \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void add_rows(const T* first, const T* second, Index stride, Index rows, Index columns,        \
                  T* out, Index out_stride) {                                                      \
        const Index length = whole_vectors(columns);                                               \
        for (Index r = 0; r < rows; ++r)                                                           \
            if (second == nullptr)                                                                 \
                add_range(first + r * stride, length, out + r * out_stride);                       \
            else                                                                                   \
                add_both(first + r * stride, second + r * stride, length, out + r * out_stride);   \
    }                                                                                              \
    SKETCHNTK_VECTOR_DISPATCH                                                                      \
    void scale_rows(const T* in, Index stride, Index rows, Index columns, T factor, T* out,        \
                    Index out_stride) {                                                            \
        const Index length = whole_vectors(columns);                                               \
        for (Index r = 0; r < rows; ++r)                                                           \
            scale_range(in + r * stride, factor, length, out + r * out_stride);                    \
    }

SKETCHNTK_DEFINE_SLICE_LOOPS(float)
SKETCHNTK_DEFINE_SLICE_LOOPS(double)

}  // namespace sketchntk::slice_loops
