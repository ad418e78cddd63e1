#include "kernels/series_loops.hpp"

#include "core/dispatch.hpp"
#include "kernels/kink_dual.hpp"

#include <algorithm>

namespace sketchntk::series_loops {

namespace {

constexpr Index together = rows_of_group;

// By Horner's rule for the sum V(x) of terms from `first_term` on and its derivative V'(x), with x
// = rho, or rho^2 where every second term is zero.
template <bool has_kink, SeriesTerms which, typename R, typename C>
[[gnu::always_inline]] inline void sum_group(const Series<R, C>& series, Index group,
                                             R* __restrict covariance, R* __restrict derivative) {
    using elementary::multiply_add;
    const Index begin = group * series.terms_of_group * together;
    const C* inverses = series.right_inverses + group * together;
    constexpr bool is_sparse = which != SeriesTerms::all;
    R rho[together], x[together], value[together], slope[together];
    for (Index k = 0; k < together; ++k) {
        rho[k] = covariance[k] * (series.left_inverse * static_cast<R>(inverses[k]));
        x[k] = is_sparse ? rho[k] * rho[k] : rho[k];
        value[k] = 0;
        slope[k] = 0;
    }
    for (Index m = series.terms; m-- > (is_sparse ? 1 : 0);) {
        const C* right = series.right_sums + begin + m * together;
        const R left = static_cast<R>(series.left_sums[m]);
        if constexpr (has_kink) {
            const C* right_difference = series.right_differences + begin + m * together;
            const R half = left / 2;
            const R half_difference = static_cast<R>(series.left_differences[m]) / 2;
            for (Index k = 0; k < together; ++k) {
                const R term = multiply_add(half_difference, static_cast<R>(right[k]),
                                            half * static_cast<R>(right_difference[k]));
                slope[k] = multiply_add(slope[k], x[k], value[k]);
                value[k] = multiply_add(value[k], x[k], term);
            }
        } else {
            for (Index k = 0; k < together; ++k) {
                slope[k] = multiply_add(slope[k], x[k], value[k]);
                value[k] = multiply_add(value[k], x[k], left * static_cast<R>(right[k]));
            }
        }
    }
    const R left = static_cast<R>(series.left_sums[0]);
    for (Index k = 0; k < together; ++k) {
        if constexpr (is_sparse) {
            // The sum is a_0 + rho^n V(rho^2), and the derivative that of rho times the sum.
            constexpr R n = which == SeriesTerms::first_and_odd ? 1 : 2;
            const R power = which == SeriesTerms::first_and_odd ? rho[k] : x[k];
            const R first_term = left * static_cast<R>(series.right_sums[begin + k]);
            const R of_slope = multiply_add(2 * x[k], slope[k], (n + 1) * value[k]);
            derivative[k] = multiply_add(power, of_slope, first_term);
            covariance[k] *= multiply_add(power, value[k], first_term);
        } else {
            derivative[k] = multiply_add(slope[k], x[k], value[k]);
            covariance[k] *= value[k];
        }
    }
}

template <bool has_kink, SeriesTerms which, typename R, typename C>
[[gnu::always_inline]] inline void sum_all(const Series<R, C>& series, R* covariance,
                                           R* derivative) {
    const Index end = series.first + series.count;
    for (Index group = series.first / together; group * together < end; ++group) {
        const Index begin_of_group = std::max(group * together, series.first);
        const Index in_group = std::min((group + 1) * together, end) - begin_of_group;
        R* values = covariance + (begin_of_group - series.first);
        R* slopes = derivative + (begin_of_group - series.first);
        if (in_group == together) {
            sum_group<has_kink, which>(series, group, values, slopes);
            continue;
        }
        // Part of a group as if it were whole: the same operations, so the same bits.
        R padded[together] = {}, padded_slopes[together];
        const Index offset = begin_of_group - group * together;
        std::copy_n(values, in_group, padded + offset);
        sum_group<has_kink, which>(series, group, padded, padded_slopes);
        std::copy_n(padded + offset, in_group, values);
        std::copy_n(padded_slopes + offset, in_group, slopes);
    }
}

template <typename R, typename C>
[[gnu::always_inline]] inline void sum_any(const Series<R, C>& series, R* covariance,
                                           R* derivative) {
    if (series.left_differences != nullptr)
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
