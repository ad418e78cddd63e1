#pragma once

#include <sketchntk/core/matrix.hpp>

// The elementwise loops over a displacement's slice, in one version for each vector level. Rows lie
// `stride` apart.
namespace sketchntk::slice_loops {

/// Counts are rounded up to whole vectors of the widest kind wherever what lies behind may be
/// overwritten: the last few numbers one by one would cost as much as hundreds of others.
inline constexpr Index vector_length = 16;
[[nodiscard]] inline Index whole_vectors(Index count) {
    return (count + vector_length - 1) / vector_length * vector_length;
}

/// The covariances S and Theta of a slice, or the sums of both over windows along rows. A null
/// `ntk` is not wanted; as an input it is zero.
template <typename T>
struct Covariances {
    T* nngp;
    T* ntk;
};

/// A layer of weights: S becomes factor S + shift, then Theta becomes factor Theta + gain S.
template <typename T>
struct Weights {
    T factor;
    T shift;
    T gain;
};

/// So many windows along an axis, `step` apart, each of `window` numbers.
struct Windows {
    Index count;
    Index step;
    Index window;
};
/// How far behind its last row `split_columns` may read.
[[nodiscard]] inline Index read_behind(Index step) {
    return 2 * vector_length + step;
}

#define SKETCHNTK_DECLARE_SLICE_LOOPS(T)                                                           \
    /* out += left right */                                                                        \
    void add_products(const T* left, const T* right, Index count, T* out);                         \
    /* out = left[0] right[0] + left[1] right[1] + left[2] right[2] */                             \
    void products_of_three(const T* const* left, const T* const* right, Index count, T* out);      \
    void add(T* values, const T* others, Index count);                                             \
    void multiply(T* values, const T* factors, Index count);                                       \
    /* out = the weighted sum of in[row], in[row + stride], ..., `window` of them */               \
    void weigh_sums(const Covariances<T>& in, Index stride, Index window, Index count,             \
                    const Weights<T>& weights, const Covariances<T>& out);                         \
    void weigh(const Covariances<T>& values, const Weights<T>& weights, Index count);              \
    /* Zeros from `columns` to `stride` of each row. */                                            \
    void clear_row_ends(T* values, Index rows, Index columns, Index stride);                       \
    /* out[k] = the sum of in[k - before], ..., in[k - before + window - 1] */                     \
    void sum_along_rows(const T* in, Index count, Index window, Index before, T* out);             \
    /* Row r of out += the sum of the rows of in that window r holds; whole vectors. */            \
    void add_row_windows(const T* in, Index stride, Index columns, const Windows& windows, T* out, \
                         Index out_stride);                                                        \
    /* Columns p, p + step, ... of each row to rows of part p of out, `count` of them in whole     \
       vectors; parts are `part` apart. */                                                         \
    void split_columns(const T* in, Index stride, Index rows, Index step, Index count, T* out,     \
                       Index out_stride, Index part);                                              \
    /* out += the rows of first, and of second if it is not null; whole vectors. */                \
    void add_rows(const T* first, const T* second, Index stride, Index rows, Index columns,        \
                  T* out, Index out_stride);                                                       \
    /* out = factor in, row by row in whole vectors: the next row overwrites what is behind. */    \
    void scale_rows(const T* in, Index stride, Index rows, Index columns, T factor, T* out,        \
                    Index out_stride);

SKETCHNTK_DECLARE_SLICE_LOOPS(float)
SKETCHNTK_DECLARE_SLICE_LOOPS(double)
#undef SKETCHNTK_DECLARE_SLICE_LOOPS

}  // namespace sketchntk::slice_loops
