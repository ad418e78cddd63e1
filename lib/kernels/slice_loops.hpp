#pragma once

#include <sketchntk/core/matrix.hpp>

// The elementwise loops over a displacement's slice, in one version for each vector level. Rows lie
// `stride` apart.
namespace sketchntk::slice_loops {

#define SKETCHNTK_DECLARE_SLICE_LOOPS(T)                                                         \
    /* out += left right */                                                                      \
    void add_products(const T* left, const T* right, Index count, T* out);                       \
    void add(T* values, const T* others, Index count);                                           \
    void multiply(T* values, const T* factors, Index count);                                     \
    void affine(T* values, Index count, T factor, T shift);                                      \
    /* tangent = factor tangent + gain nngp */                                                   \
    void scale_and_gain(T* tangent, const T* nngp, Index count, T factor, T gain);               \
    /* In float64, by eight partial sums. */                                                     \
    double sum(const T* values, Index count);                                                    \
    /* Zeros from `columns` to `stride` of each row. */                                          \
    void clear_row_ends(T* values, Index rows, Index columns, Index stride);                     \
    /* out[k] = the sum of in[k - before], ..., in[k - before + window - 1] */                   \
    void sum_along_rows(const T* in, Index count, Index window, Index before, T* out);           \
    /* Row r of out = the sum of those of the rows r - before, ..., r - before + window - 1 that \
       exist. */                                                                                 \
    void sum_along_columns(const T* in, Index rows, Index stride, Index window, Index before,    \
                           Index out_rows, T* out);

SKETCHNTK_DECLARE_SLICE_LOOPS(float)
SKETCHNTK_DECLARE_SLICE_LOOPS(double)
#undef SKETCHNTK_DECLARE_SLICE_LOOPS

}  // namespace sketchntk::slice_loops
