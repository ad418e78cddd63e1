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
SKETCHNTK_INLINE double sum_by_eight(const T* values, Index count) {
    std::array<double, 8> partial{};
    Index k = 0;
    for (; k + 8 <= count; k += 8)
        for (Index lane = 0; lane < 8; ++lane)
            partial[static_cast<std::size_t>(lane)] += static_cast<double>(values[k + lane]);
    double sum = 0;
    for (; k < count; ++k) sum += static_cast<double>(values[k]);
    for (const double part : partial) sum += part;
    return sum;
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

template <typename T>
SKETCHNTK_INLINE void window_along_columns(const T* __restrict in, Index rows, Index stride,
                                           Index window, Index before, Index out_rows,
                                           T* __restrict out) {
    // Rows whose window of three is whole in one pass; the others, and other windows, row by row.
    const bool three = window == 3;
    const Index whole_begin = three ? std::min(before, out_rows) : 0;
    const Index whole_end =
        three ? std::max(whole_begin, std::min(out_rows, rows - 2 + before)) : 0;
    const T* above = in + (whole_begin - before) * stride;
    T* target = out + whole_begin * stride;
    for (Index k = 0; k < (whole_end - whole_begin) * stride; ++k)
        target[k] = above[k] + above[k + stride] + above[k + 2 * stride];
    for (Index r = 0; r < out_rows; ++r) {
        if (r == whole_begin) r = whole_end;
        if (r >= out_rows) break;
        std::fill_n(out + r * stride, stride, T{0});
        const Index first = std::max<Index>(0, r - before);
        for (Index from = first; from < std::min(rows, r - before + window); ++from)
            add_range(in + from * stride, stride, out + r * stride);
    }
}

}  // namespace

#define SKETCHNTK_DEFINE_SLICE_LOOPS(T)                                                       \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    void add_products(const T* left, const T* right, Index count, T* out) {                   \
        for (Index k = 0; k < count; ++k) out[k] += left[k] * right[k];                       \
    }                                                                                         \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    void add(T* values, const T* others, Index count) {                                       \
        add_range(others, count, values);                                                     \
    }                                                                                         \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    void multiply(T* values, const T* factors, Index count) {                                 \
        for (Index k = 0; k < count; ++k) values[k] *= factors[k];                            \
    }                                                                                         \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    void affine(T* values, Index count, T factor, T shift) {                                  \
        for (Index k = 0; k < count; ++k) values[k] = factor * values[k] + shift;             \
    }                                                                                         \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    void scale_and_gain(T* tangent, const T* nngp, Index count, T factor, T gain) {           \
        for (Index k = 0; k < count; ++k) tangent[k] = factor * tangent[k] + gain * nngp[k];  \
    }                                                                                         \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    double sum(const T* values, Index count) {                                                \
        return sum_by_eight(values, count);                                                   \
    }                                                                                         \
    void clear_row_ends(T* values, Index rows, Index columns, Index stride) {                 \
        for (Index r = 0; r < rows; ++r)                                                      \
            std::fill_n(values + r * stride + columns, stride - columns, T{0});               \
    }                                                                                         \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    void sum_along_rows(const T* in, Index count, Index window, Index before, T* out) {       \
        window_along_rows(in, count, window, before, out);                                    \
    }                                                                                         \
    SKETCHNTK_VECTOR_DISPATCH                                                                 \
    void sum_along_columns(const T* in, Index rows, Index stride, Index window, Index before, \
                           Index out_rows, T* out) {                                          \
        window_along_columns(in, rows, stride, window, before, out_rows, out);                \
    }

SKETCHNTK_DEFINE_SLICE_LOOPS(float)
SKETCHNTK_DEFINE_SLICE_LOOPS(double)

}  // namespace sketchntk::slice_loops
