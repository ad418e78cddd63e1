#pragma once

#include "kernels/lanes.hpp"

// The loops over a displacement's slice, in one version for each vector level. A pixel of a slice
// or of a right image is a block of `lane_count` numbers, one of each lane; a pixel of a left image
// is one number.
namespace sketchntk::slice_loops {

struct Extent {
    Index rows;
    Index columns;
};

/// A map of the left and of the right images from the first pixel of a slice on; rows lie `pitch`
/// pixels apart.
template <typename T>
struct MapOfBoth {
    const T* left;
    const T* right;
    Index pitch;
};

/// What a rectifier takes from both, see `Deviation`.
template <typename T>
struct DeviationsOfBoth {
    MapOfBoth<T> deviation;
    MapOfBoth<T> inverse;
};

/// A layer of weights: S becomes factor S + shift, then Theta becomes factor Theta + gain S.
template <typename T>
struct Weights {
    T factor;
    T shift;
    T gain;
};

/// E[s(u) s(v)] and E[s'(u) s'(v)] as `RectifierDual` has them.
template <typename T>
struct RectifierWeights {
    T same;
    T opposite;
};

/// So many windows along an axis, `step` apart, each of `window` numbers.
struct Windows {
    Index count;
    Index step;
    Index window;
};

/// The windows of a row of a convolution's output, cut to the row of its input.
struct RowOfWindows {
    Index inputs;
    Index outputs;
    Index window;
    Index step;
    Index before;  ///< how far the first window begins before the first pixel
};

/// S and Theta of a slice. A null `ntk` is not wanted.
template <typename T>
struct Covariances {
    T* nngp;
    T* ntk;
};

/// A 3 x 3 convolution with zeros around a slice and the rectifier s(x) = b max(x, 0) behind it.
/// Its gain b^2 / 2 is drawn into the weights, and into the deviations: they are those of variances
/// times it. So it costs nothing.
template <typename T>
struct RectifiedConvolution {
    T factor;
    T shift;
    bool nonnegative;  ///< no covariance is negative
    bool ntk_is_zero;  ///< what lies there is not read
};

#define SKETCHNTK_DECLARE_SLICE_LOOPS(T)                                                           \
    /* out = the sum over channels of left right */                                                \
    void sum_of_products(const MapOfBoth<T>* channels, Index count, const Extent& extent, T* out); \
    /* out = the sum over channels of the squares of right, of a whole map */                      \
    void sum_of_squares(const T* const* channels, Index channel_count, Index count, T* out);       \
    void add(T* values, const T* others, Index count);                                             \
    void multiply(T* values, const T* factors, Index count);                                       \
    /* out = factor in */                                                                          \
    void scale(const T* in, T factor, Index count, T* out);                                        \
    /* Blocks of the same number. */                                                               \
    void repeat(const T* numbers, Index count, T* out);                                            \
    void weigh(const Covariances<T>& values, const Weights<T>& weights, Index count);              \
    /* A row of out = sums over windows of `in_rows` rows from `in` on; `sums` is one of these. */ \
    void sum_windows(const T* in, Index in_rows, const RowOfWindows& row, T* sums, T* out);        \
    void rectify(const RectifierWeights<T>& weights, const DeviationsOfBoth<T>& deviations,        \
                 const Extent& extent, const Covariances<T>& values);                              \
    /* Values become values / sqrt(left right), or 0 where that is 0. */                           \
    void normalise(const MapOfBoth<T>& variances, const Extent& extent,                            \
                   const Covariances<T>& values);                                                  \
    /* Each row is written in the place of the one before it (`up`), which is free memory for the  \
       first, or of the one behind it: the slice stays where it is in cache. `zeros` is a row. */  \
    void convolve_and_rectify(const RectifiedConvolution<T>& layer,                                \
                              const DeviationsOfBoth<T>& deviations, const Extent& extent,         \
                              const Covariances<T>& values, bool up, const T* zeros);              \
    /* sums[lane] += the sum of a slice's pixels; rows in T, which are then added in float64 */    \
    void add_pixels(const T* values, const Extent& extent, double* sums);                          \
    /* Row r of out += the sum of the rows of in that window r holds; rows of so many numbers. */  \
    void add_row_windows(const T* in, Index row, const Windows& windows, T* out);                  \
    /* Pixel c of each row of out += the sum of the pixels of the row of in that window c holds.   \
     */                                                                                            \
    void add_column_windows(const T* in, Index rows, Index in_columns, const Windows& windows,     \
                            T* out);

SKETCHNTK_DECLARE_SLICE_LOOPS(float)
SKETCHNTK_DECLARE_SLICE_LOOPS(double)
#undef SKETCHNTK_DECLARE_SLICE_LOOPS

}  // namespace sketchntk::slice_loops
