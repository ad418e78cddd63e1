#include "kernels/series_loops.hpp"

#include "core/dispatch.hpp"
#include "kernels/kink_dual.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace sketchntk::series_loops {

namespace {

// Pairs that are summed at once: four vectors of the widest kind for each number of a pair, which
// stay in registers.
template <typename R>
constexpr Index together = 256 / sizeof(R);

// The largest of numbers that are not negative, which are ordered as their bits are: compilers
// vectorise it for whole numbers only.
template <typename R, std::size_t Size>
[[gnu::always_inline]] inline R largest_of(const R (&values)[Size]) {
    using Bits = std::conditional_t<sizeof(R) == 4, std::int32_t, std::int64_t>;
    Bits largest = 0;
    for (const R value : values) largest = std::max(largest, std::bit_cast<Bits>(value));
    return std::bit_cast<R>(largest);
}

template <typename R>
[[gnu::always_inline]] inline R eighth_power(R x) {
    static_assert(terms_of_chunk == 8);
    const R square = x * x, fourth = square * square;
    return fourth * fourth;
}

// A bound of what the terms from a chunk on sum to, before the power of rho.
template <bool has_kink, typename R>
[[gnu::always_inline]] inline R product_of_norms(R left, R left_difference, R right,
                                                 R right_difference) {
    if constexpr (has_kink)
        return (left * right_difference + left_difference * right) / 2;
    else
        return left * right;
}

// Chunks that count for a pair of the largest norms and correlation of a group: no pair of it has
// more, since rounding keeps the order of products.
template <bool has_kink, typename R, typename C>
[[gnu::always_inline]] inline Index chunks_that_count(const Series<R, C>& series, Index group,
                                                      R largest_x) {
    const Index behind_first = series.terms - terms_before_chunks(series.which);
    const Index chunks = (behind_first + terms_of_chunk - 1) / terms_of_chunk;
    const R step = eighth_power(largest_x);
    R power = 1;
    for (Index c = 0; c < chunks; ++c, power *= step) {
        const Index place = group * series.chunks_of_group + c;
        const auto difference = [&](const C* values, Index i) {
            return has_kink ? static_cast<R>(values[i]) : R{0};
        };
        const R norms = product_of_norms<has_kink>(
            static_cast<R>(series.left_sums.norms[c]), difference(series.left_differences.norms, c),
            static_cast<R>(series.right_sums.largest_norms[place]),
            difference(series.right_differences.largest_norms, place));
        if (!(power * norms > series.tolerance)) return c;
    }
    return chunks;
}

/// V(x) of the terms of a chunk and V'(x), by Horner's rule.
template <typename R>
struct ChunkSums {
    R value[together<R>], slope[together<R>];
};

template <bool has_kink, typename R, typename C>
[[gnu::always_inline]] inline void sum_chunk(const Series<R, C>& series, Index first_term,
                                             Index place, const R* x, ChunkSums<R>& sums) {
    using elementary::multiply_add;
    for (Index k = 0; k < together<R>; ++k) {
        sums.value[k] = 0;
        sums.slope[k] = 0;
    }
    for (Index i = terms_of_chunk; i-- > 0;) {
        const C* right = series.right_sums.terms + place + i * rows_of_group;
        const R left = static_cast<R>(series.left_sums.terms[first_term + i]);
        if constexpr (has_kink) {
            const C* right_difference = series.right_differences.terms + place + i * rows_of_group;
            const R half = left / 2;
            const R half_difference =
                static_cast<R>(series.left_differences.terms[first_term + i]) / 2;
            for (Index k = 0; k < together<R>; ++k) {
                const R term = multiply_add(half_difference, static_cast<R>(right[k]),
                                            half * static_cast<R>(right_difference[k]));
                sums.slope[k] = multiply_add(sums.slope[k], x[k], sums.value[k]);
                sums.value[k] = multiply_add(sums.value[k], x[k], term);
            }
        } else {
            for (Index k = 0; k < together<R>; ++k) {
                sums.slope[k] = multiply_add(sums.slope[k], x[k], sums.value[k]);
                sums.value[k] = multiply_add(sums.value[k], x[k], left * static_cast<R>(right[k]));
            }
        }
    }
}

// Sums V(x) = sum_k a_k x^k of the terms in chunks and W(x) = sum_k (degree + 1) a_k x^k, with x =
// rho, or rho^2 where every second term is zero.
template <bool has_kink, SeriesTerms which, typename R, typename C>
[[gnu::always_inline]] inline void sum_lanes(const Series<R, C>& series, Index group, Index lane,
                                             R* __restrict covariance, R* __restrict derivative) {
    using elementary::multiply_add;
    constexpr Index size = together<R>;
    constexpr bool is_sparse = which != SeriesTerms::all;
    constexpr R step = is_sparse ? 2 : 1;
    constexpr Index lowest = which == SeriesTerms::all             ? 0
                             : which == SeriesTerms::first_and_odd ? 1
                                                                   : 2;
    const Index row = group * rows_of_group + lane;
    R rho[size], x[size], sizes[size], power[size], value[size], weighted[size];
    for (Index k = 0; k < size; ++k) {
        rho[k] =
            covariance[k] * (series.left_inverse * static_cast<R>(series.right_inverses[row + k]));
        x[k] = is_sparse ? rho[k] * rho[k] : rho[k];
        sizes[k] = std::abs(x[k]);
        power[k] = 1;
        value[k] = 0;
        weighted[k] = 0;
    }
    const Index chunks = chunks_that_count<has_kink>(series, group, largest_of(sizes));
    for (Index c = 0; c < chunks; ++c) {
        const Index place = (group * series.chunks_of_group + c) * rows_of_group + lane;
        const R left = static_cast<R>(series.left_sums.norms[c]);
        const R left_difference = has_kink ? static_cast<R>(series.left_differences.norms[c]) : 0;
        for (Index k = 0; k < size; ++k) {
            const R norms = product_of_norms<has_kink>(
                left, left_difference, static_cast<R>(series.right_sums.norms[place + k]),
                has_kink ? static_cast<R>(series.right_differences.norms[place + k]) : R{0});
            power[k] = power[k] * norms > series.tolerance ? power[k] : 0;
        }
        const Index first_term = terms_before_chunks(which) + c * terms_of_chunk;
        ChunkSums<R> sums;
        sum_chunk<has_kink>(series, first_term,
                            (group * series.terms_of_group + first_term) * rows_of_group + lane, x,
                            sums);
        const R degrees = static_cast<R>(lowest + 1) + step * static_cast<R>(c * terms_of_chunk);
        for (Index k = 0; k < size; ++k) {
            const R of_degrees = multiply_add(step * x[k], sums.slope[k], degrees * sums.value[k]);
            value[k] = multiply_add(power[k], sums.value[k], value[k]);
            weighted[k] = multiply_add(power[k], of_degrees, weighted[k]);
            power[k] *= eighth_power(x[k]);
        }
    }
    const R first_left = static_cast<R>(series.left_sums.terms[0]);
    const C* first_right =
        series.right_sums.terms + group * series.terms_of_group * rows_of_group + lane;
    for (Index k = 0; k < size; ++k) {
        R mean = series.left_mean * static_cast<R>(series.right_means[row + k]);
        if constexpr (has_kink)
            mean -= series.left_kink_mean * static_cast<R>(series.right_kink_means[row + k]);
        if constexpr (is_sparse) {
            const R first_term = first_left * static_cast<R>(first_right[k]);
            const R factor = lowest == 1 ? rho[k] : x[k];
            value[k] = multiply_add(factor, value[k], first_term);
            weighted[k] = multiply_add(factor, weighted[k], first_term);
        }
        derivative[k] = weighted[k];
        covariance[k] = multiply_add(covariance[k], value[k], mean);
    }
}

template <bool has_kink, SeriesTerms which, typename R, typename C>
[[gnu::always_inline]] inline void sum_all(const Series<R, C>& series, R* covariance,
                                           R* derivative) {
    constexpr Index size = together<R>;
    const Index end = series.first + series.count;
    for (Index begin = series.first / size * size; begin < end; begin += size) {
        const Index group = begin / rows_of_group, lane = begin % rows_of_group;
        const Index kept = std::max(begin, series.first),
                    in_part = std::min(begin + size, end) - kept;
        R* values = covariance + (kept - series.first);
        R* slopes = derivative + (kept - series.first);
        if (in_part == size) {
            sum_lanes<has_kink, which>(series, group, lane, values, slopes);
            continue;
        }
        // Some of the pairs as if they were all: the same operations, so the same bits.
        R padded[size] = {}, padded_slopes[size];
        std::copy_n(values, in_part, padded + (kept - begin));
        sum_lanes<has_kink, which>(series, group, lane, padded, padded_slopes);
        std::copy_n(padded + (kept - begin), in_part, values);
        std::copy_n(padded_slopes + (kept - begin), in_part, slopes);
    }
}

template <typename R, typename C>
[[gnu::always_inline]] inline void sum_any(const Series<R, C>& series, R* covariance,
                                           R* derivative) {
    if (series.left_differences.terms != nullptr)
        sum_all<true, SeriesTerms::all>(series, covariance, derivative);
    else if (series.which == SeriesTerms::all)
        sum_all<false, SeriesTerms::all>(series, covariance, derivative);
    else if (series.which == SeriesTerms::first_and_odd)
        sum_all<false, SeriesTerms::first_and_odd>(series, covariance, derivative);
    else
        sum_all<false, SeriesTerms::first_and_even>(series, covariance, derivative);
}

template <typename R, typename C>
[[gnu::always_inline]] inline void add_kinks(const KinkAtZero& kink, const KinkRows<R, C>& rows,
                                             const R* __restrict before, R* __restrict covariance,
                                             R* __restrict derivative) {
    const KinkDual<R> dual(kink);
    for (Index k = 0; k < rows.count; ++k) {
        const auto values =
            dual(rows.left_deviation, static_cast<R>(rows.right_deviations[k]),
                 rows.left_inverse * static_cast<R>(rows.right_inverses[k]), before[k]);
        covariance[k] += values.value;
        derivative[k] += values.derivative;
    }
}

}  // namespace

#define SKETCHNTK_DEFINE_SERIES_LOOPS(R, C)                                            \
    SKETCHNTK_VECTOR_DISPATCH                                                          \
    void sum(const Series<R, C>& series, R* covariance, R* derivative) {               \
        sum_any(series, covariance, derivative);                                       \
    }                                                                                  \
    SKETCHNTK_VECTOR_DISPATCH                                                          \
    void add_kink(const KinkAtZero& kink, const KinkRows<R, C>& rows, const R* before, \
                  R* covariance, R* derivative) {                                      \
        add_kinks(kink, rows, before, covariance, derivative);                         \
    }

SKETCHNTK_DEFINE_SERIES_LOOPS(float, float)
SKETCHNTK_DEFINE_SERIES_LOOPS(double, float)
SKETCHNTK_DEFINE_SERIES_LOOPS(double, double)

}  // namespace sketchntk::series_loops
