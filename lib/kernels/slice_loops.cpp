#include "kernels/slice_loops.hpp"

#include "core/dispatch.hpp"
#include "kernels/arc_cosine.hpp"

#include <algorithm>

#define SKETCHNTK_INLINE [[gnu::always_inline]] inline
// Of a lambda, whose attributes come later: alone it would be compiled for the baseline.
#define SKETCHNTK_LAMBDA_INLINE __attribute__((always_inline))

namespace sketchntk::slice_loops {

namespace {

using namespace lanes;

/// Calls `of(pixel, place)` for the pixels of a slice: of the maps, and where the numbers begin.
template <typename T, typename OfPixel>
SKETCHNTK_INLINE void for_each_pixel(const MapOfBoth<T>& map, const Extent& extent,
                                     const OfPixel& of) {
    for (Index r = 0, place = 0; r < extent.rows; ++r)
        for (Index c = 0; c < extent.columns; ++c, place += lane_count<T>)
            of(r * map.pitch + c, place);
}

template <typename T>
SKETCHNTK_INLINE T left_of(const MapOfBoth<T>& map, Index pixel) {
    return map.left[pixel];
}

template <typename T>
SKETCHNTK_INLINE Vector<T> right_of(const MapOfBoth<T>& map, Index pixel) {
    return load<T>(map.right + pixel * lane_count<T>);
}

template <typename T>
SKETCHNTK_INLINE void products(const MapOfBoth<T>* channels, Index count, const Extent& extent,
                               T* out) {
    for_each_pixel(channels[0], extent, [&](Index pixel, Index place) SKETCHNTK_LAMBDA_INLINE {
        Vector<T> sum{};
        for (Index k = 0; k < count; ++k)
            sum = multiply_add<T>(left_of(channels[k], pixel), right_of(channels[k], pixel), sum);
        store<T>(sum, out + place);
    });
}

// As most images have them: unrolled.
template <typename T>
SKETCHNTK_INLINE void products_of_three(const MapOfBoth<T>* channels, const Extent& extent,
                                        T* out) {
    const MapOfBoth<T> copies[] = {channels[0], channels[1], channels[2]};
    products(copies, 3, extent, out);
}

template <typename T>
SKETCHNTK_INLINE void squares(const T* const* channels, Index channel_count, Index count, T* out) {
    for (Index place = 0; place < count; place += lane_count<T>) {
        Vector<T> sum{};
        for (Index k = 0; k < channel_count; ++k) {
            const Vector<T> value = load<T>(channels[k] + place);
            sum = multiply_add<T>(value, value, sum);
        }
        store<T>(sum, out + place);
    }
}

template <typename T>
SKETCHNTK_INLINE void weigh_both(const Covariances<T>& values, const Weights<T>& weights,
                                 Index count) {
    for (Index k = 0; k < count; k += lane_count<T>) {
        const Vector<T> nngp =
            multiply_add<T>(weights.factor, load<T>(values.nngp + k), all<T>(weights.shift));
        store<T>(nngp, values.nngp + k);
        if (values.ntk != nullptr)
            store<T>(multiply_add<T>(weights.factor, load<T>(values.ntk + k),
                                     all<T>(weights.gain) * nngp),
                     values.ntk + k);
    }
}

template <typename T>
SKETCHNTK_INLINE void windows_of_row(const T* in, Index in_rows, const RowOfWindows& row, T* sums,
                                     T* out) {
    constexpr Index lane = lane_count<T>;
    const Index length = row.inputs * lane;
    for (Index k = 0; k < length; k += lane) {
        Vector<T> sum = load<T>(in + k);
        for (Index r = 1; r < in_rows; ++r) sum += load<T>(in + r * length + k);
        store<T>(sum, sums + k);
    }
    for (Index c = 0; c < row.outputs; ++c) {
        const Index begin = c * row.step - row.before;
        const Index first = std::max<Index>(0, begin);
        const Index end = std::min(row.inputs, begin + row.window);
        Vector<T> sum = load<T>(sums + first * lane);
        for (Index t = first + 1; t < end; ++t) sum += load<T>(sums + t * lane);
        store<T>(sum, out + c * lane);
    }
}

/// What duals of rectifiers take of a pair of pixels (arc_cosine.hpp). Covariances are not cut to
/// the product of the deviations: those of pixels that coincide stay their variances.
template <typename T>
struct ArcCosine {
    Vector<T> small;         ///< sqrt(p q) times the deficit
    Vector<T> angle_factor;  ///< the angle over pi is root times it
    Vector<T> root;

    /// @param size of the covariance, without its sign
    SKETCHNTK_INLINE ArcCosine(const DeviationsOfBoth<T>& maps, Index pixel,
                               const Vector<T>& size) {
        const Vector<T> gap = positive_part<T>(multiply_add<T>(
            left_of(maps.deviation, pixel), right_of(maps.deviation, pixel), -size));
        const Vector<T> distance =
            left_of(maps.inverse, pixel) * right_of(maps.inverse, pixel) * gap;
        const Vector<T> square = distance * distance;
        root = square_root<T>(distance);
        // deviations * deficit = gap sqrt(distance) S(distance)
        small = gap * root * evaluate<T>(arc_cosine::Polynomials<T>::deficit, distance, square);
        angle_factor = evaluate<T>(arc_cosine::Polynomials<T>::angle, distance, square);
    }
    /// kappa0 of a covariance that is not negative.
    [[nodiscard]] SKETCHNTK_INLINE Vector<T> kappa0() const {
        return subtract_product<T>(root, angle_factor, all<T>(T(1)));
    }
    /// kappa0 of any covariance, less 1/2.
    [[nodiscard]] SKETCHNTK_INLINE Vector<T> derivative(const Vector<T>& covariance) const {
        return times_sign<T>(subtract_product<T>(root, angle_factor, all<T>(T(0.5))), covariance);
    }
};

template <bool has_tangent, typename T>
SKETCHNTK_INLINE void rectify_slice(const RectifierWeights<T>& weights,
                                    const DeviationsOfBoth<T>& maps, const Extent& extent,
                                    const Covariances<T>& values) {
    const Vector<T> same = all<T>(weights.same), opposite = all<T>(weights.opposite);
    const Vector<T> middle = (same + opposite) * T(0.5), slope = same - opposite;
    for_each_pixel(maps.deviation, extent, [&](Index pixel, Index place) SKETCHNTK_LAMBDA_INLINE {
        const Vector<T> covariance = load<T>(values.nngp + place);
        const Vector<T> size = absolute<T>(covariance);
        const ArcCosine<T> arc(maps, pixel, size);
        const Vector<T> agreeing = (size + covariance) * T(0.5) + arc.small;
        const Vector<T> opposing = (size - covariance) * T(0.5) + arc.small;
        store<T>(same * agreeing - opposite * opposing, values.nngp + place);
        if constexpr (has_tangent)
            store<T>(load<T>(values.ntk + place) *
                         multiply_add<T>(arc.derivative(covariance), slope, middle),
                     values.ntk + place);
    });
}

template <typename T>
SKETCHNTK_INLINE void rectify_any(const RectifierWeights<T>& weights,
                                  const DeviationsOfBoth<T>& maps, const Extent& extent,
                                  const Covariances<T>& values) {
    if (values.ntk != nullptr)
        rectify_slice<true>(weights, maps, extent, values);
    else
        rectify_slice<false>(weights, maps, extent, values);
}

template <typename T>
SKETCHNTK_INLINE void normalise_slice(const MapOfBoth<T>& variances, const Extent& extent,
                                      const Covariances<T>& values) {
    for_each_pixel(variances, extent, [&](Index pixel, Index place) SKETCHNTK_LAMBDA_INLINE {
        const Vector<T> product = left_of(variances, pixel) * right_of(variances, pixel);
        const Vector<T> factor = product > 0 ? all<T>(1) / square_root<T>(product) : Vector<T>{};
        store<T>(load<T>(values.nngp + place) * factor, values.nngp + place);
        if (values.ntk != nullptr)
            store<T>(load<T>(values.ntk + place) * factor, values.ntk + place);
    });
}

/// Three rows of a slice above each other; what lies outside is a row of zeros.
template <typename T>
struct ThreeRows {
    const T* above;
    const T* middle;
    const T* below;

    [[nodiscard]] SKETCHNTK_INLINE Vector<T> sum(Index place) const {
        return load<T>(above + place) + load<T>(middle + place) + load<T>(below + place);
    }
};

enum class Tangent { unwanted, zero, any };

template <Tangent kind, bool nonnegative, typename T>
SKETCHNTK_INLINE void convolve_row(const RectifiedConvolution<T>& layer,
                                   const DeviationsOfBoth<T>& maps, Index first_pixel,
                                   Index columns, const ThreeRows<T>& nngp, const ThreeRows<T>& ntk,
                                   const Covariances<T>& out) {
    const T factor = layer.factor;
    const Vector<T> shift = all<T>(layer.shift), half = all<T>(T(0.5));
    Vector<T> before{}, here = nngp.sum(0), ntk_before{}, ntk_here{};
    if constexpr (kind == Tangent::any) ntk_here = ntk.sum(0);
    for (Index c = 0; c < columns; ++c) {
        const Index place = c * lane_count<T>, next = place + lane_count<T>;
        const bool is_last = c + 1 == columns;
        const Vector<T> behind = is_last ? Vector<T>{} : nngp.sum(next);
        const Vector<T> covariance = multiply_add<T>(factor, before + here + behind, shift);
        Vector<T> tangent = covariance;
        if constexpr (kind == Tangent::any) {
            const Vector<T> ntk_behind = is_last ? Vector<T>{} : ntk.sum(next);
            tangent = multiply_add<T>(factor, ntk_before + ntk_here + ntk_behind, covariance);
            ntk_before = ntk_here;
            ntk_here = ntk_behind;
        }
        before = here;
        here = behind;
        const Vector<T> size = nonnegative ? covariance : absolute<T>(covariance);
        const ArcCosine<T> arc(maps, first_pixel + c, size);
        if constexpr (nonnegative)
            store<T>(covariance + arc.small, out.nngp + place);
        else
            store<T>(multiply_add<T>(size + covariance, half, arc.small), out.nngp + place);
        if constexpr (kind != Tangent::unwanted)
            store<T>(tangent * (nonnegative ? arc.kappa0() : arc.derivative(covariance) + half),
                     out.ntk + place);
    }
}

template <typename T>
SKETCHNTK_INLINE ThreeRows<T> three_rows(const T* slice, Index row, const Extent& extent,
                                         const T* zeros) {
    const Index length = extent.columns * lane_count<T>;
    const T* const middle = slice + row * length;
    return {row > 0 ? middle - length : zeros, middle,
            row + 1 < extent.rows ? middle + length : zeros};
}

template <Tangent kind, bool nonnegative, typename T>
SKETCHNTK_INLINE void convolve_slice(const RectifiedConvolution<T>& layer,
                                     const DeviationsOfBoth<T>& maps, const Extent& extent,
                                     const Covariances<T>& values, bool up, const T* zeros) {
    const Index length = extent.columns * lane_count<T>, shift = up ? -length : length;
    for (Index i = 0; i < extent.rows; ++i) {
        const Index row = up ? i : extent.rows - 1 - i;
        const ThreeRows<T> nngp = three_rows(values.nngp, row, extent, zeros);
        ThreeRows<T> ntk{zeros, zeros, zeros};
        if constexpr (kind == Tangent::any) ntk = three_rows(values.ntk, row, extent, zeros);
        const Index to = row * length + shift;
        convolve_row<kind, nonnegative>(
            layer, maps, row * maps.deviation.pitch, extent.columns, nngp, ntk,
            {values.nngp + to, kind == Tangent::unwanted ? nullptr : values.ntk + to});
    }
}

template <Tangent kind, typename T>
SKETCHNTK_INLINE void convolve_kind(const RectifiedConvolution<T>& layer,
                                    const DeviationsOfBoth<T>& maps, const Extent& extent,
                                    const Covariances<T>& values, bool up, const T* zeros) {
    if (layer.nonnegative)
        convolve_slice<kind, true>(layer, maps, extent, values, up, zeros);
    else
        convolve_slice<kind, false>(layer, maps, extent, values, up, zeros);
}

template <typename T>
SKETCHNTK_INLINE void convolve_any(const RectifiedConvolution<T>& layer,
                                   const DeviationsOfBoth<T>& maps, const Extent& extent,
                                   const Covariances<T>& values, bool up, const T* zeros) {
    if (values.ntk == nullptr)
        convolve_kind<Tangent::unwanted>(layer, maps, extent, values, up, zeros);
    else if (layer.ntk_is_zero)
        convolve_kind<Tangent::zero>(layer, maps, extent, values, up, zeros);
    else
        convolve_kind<Tangent::any>(layer, maps, extent, values, up, zeros);
}

template <typename T>
SKETCHNTK_INLINE void sum_pixels(const T* values, const Extent& extent, double* sums) {
    const Index length = extent.columns * lane_count<T>;
    for (Index r = 0; r < extent.rows; ++r) {
        Vector<T> sum{};
        for (Index k = 0; k < length; k += lane_count<T>) sum += load<T>(values + r * length + k);
        for (Index lane = 0; lane < lane_count<T>; ++lane)
            sums[lane] += static_cast<double>(sum[lane]);
    }
}

template <typename T>
SKETCHNTK_INLINE void row_windows(const T* in, Index row, const Windows& windows, T* out) {
    for (Index r = 0; r < windows.count; ++r)
        for (Index k = 0; k < row; k += lane_count<T>) {
            Vector<T> sum = load<T>(out + r * row + k);
            for (Index t = 0; t < windows.window; ++t)
                sum += load<T>(in + (r * windows.step + t) * row + k);
            store<T>(sum, out + r * row + k);
        }
}

template <typename T>
SKETCHNTK_INLINE void column_windows(const T* in, Index rows, Index in_columns,
                                     const Windows& windows, T* out) {
    constexpr Index lane = lane_count<T>;
    for (Index r = 0; r < rows; ++r)
        for (Index c = 0; c < windows.count; ++c) {
            T* const place = out + (r * windows.count + c) * lane;
            Vector<T> sum = load<T>(place);
            for (Index t = 0; t < windows.window; ++t)
                sum += load<T>(in + (r * in_columns + c * windows.step + t) * lane);
            store<T>(sum, place);
        }
}

}  // namespace

#define SKETCHNTK_DEFINE_SLICE_LOOPS(T)                                                        \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void sum_of_products(const MapOfBoth<T>* channels, Index count, const Extent& extent,      \
                         T* out) {                                                             \
        if (count == 3)                                                                        \
            products_of_three(channels, extent, out);                                          \
        else                                                                                   \
            products(channels, count, extent, out);                                            \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void sum_of_squares(const T* const* channels, Index channel_count, Index count, T* out) {  \
        squares(channels, channel_count, count, out);                                          \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void add(T* values, const T* others, Index count) {                                        \
        for (Index k = 0; k < count; ++k) values[k] += others[k];                              \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void multiply(T* values, const T* factors, Index count) {                                  \
        for (Index k = 0; k < count; ++k) values[k] *= factors[k];                             \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void scale(const T* in, T factor, Index count, T* out) {                                   \
        for (Index k = 0; k < count; ++k) out[k] = factor * in[k];                             \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void repeat(const T* numbers, Index count, T* out) {                                       \
        for (Index k = 0; k < count; ++k)                                                      \
            lanes::store<T>(lanes::all<T>(numbers[k]), out + k * lane_count<T>);               \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void weigh(const Covariances<T>& values, const Weights<T>& weights, Index count) {         \
        weigh_both(values, weights, count);                                                    \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void sum_windows(const T* in, Index in_rows, const RowOfWindows& row, T* sums, T* out) {   \
        windows_of_row(in, in_rows, row, sums, out);                                           \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void rectify(const RectifierWeights<T>& weights, const DeviationsOfBoth<T>& deviations,    \
                 const Extent& extent, const Covariances<T>& values) {                         \
        rectify_any(weights, deviations, extent, values);                                      \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void normalise(const MapOfBoth<T>& variances, const Extent& extent,                        \
                   const Covariances<T>& values) {                                             \
        normalise_slice(variances, extent, values);                                            \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void convolve_and_rectify(const RectifiedConvolution<T>& layer,                            \
                              const DeviationsOfBoth<T>& deviations, const Extent& extent,     \
                              const Covariances<T>& values, bool up, const T* zeros) {         \
        convolve_any(layer, deviations, extent, values, up, zeros);                            \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void add_pixels(const T* values, const Extent& extent, double* sums) {                     \
        sum_pixels(values, extent, sums);                                                      \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void add_row_windows(const T* in, Index row, const Windows& windows, T* out) {             \
        row_windows(in, row, windows, out);                                                    \
    }                                                                                          \
    SKETCHNTK_VECTOR_DISPATCH                                                                  \
    void add_column_windows(const T* in, Index rows, Index in_columns, const Windows& windows, \
                            T* out) {                                                          \
        column_windows(in, rows, in_columns, windows, out);                                    \
    }

SKETCHNTK_DEFINE_SLICE_LOOPS(float)
SKETCHNTK_DEFINE_SLICE_LOOPS(double)

}  // namespace sketchntk::slice_loops
