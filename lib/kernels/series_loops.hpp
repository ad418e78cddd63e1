#pragma once

#include "kernels/hermite_table.hpp"

#include <sketchntk/core/matrix.hpp>

// The elementwise loops of a dual by its Hermite series (series_dual.hpp), in one version for each
// vector level.
namespace sketchntk::series_loops {

/// Which terms of a series in rho are not zero: all of them, or the first one and, behind it, every
/// second, as where s is odd or even but for a constant or linear part.
enum class SeriesTerms { all, first_and_odd, first_and_even };

/// Terms that stand before the first chunk.
[[nodiscard]] constexpr Index terms_before_chunks(SeriesTerms which) {
    return which == SeriesTerms::all ? 0 : 1;
}

/// Rows lie in groups of so many, of which term after term lies side by side.
inline constexpr Index rows_of_group = 64;

/// Terms are summed in chunks of so many. A pair is done with the first chunk that cannot count: it
/// depends on the pair alone, so that no bit depends on which others are summed with it.
inline constexpr Index terms_of_chunk = 8;

/// The coefficients of one row, and their norms from each chunk to the end.
template <typename C>
struct LeftTerms {
    const C* terms = nullptr;  ///< term m divided by m + 1
    const C* norms = nullptr;
};

/// The same of rows in groups: term k of group g begins at (g * terms_of_group + k) *
/// rows_of_group, and norms at chunk c likewise.
template <typename C>
struct RightTerms {
    const C* terms = nullptr;
    const C* norms = nullptr;
    const C* largest_norms = nullptr;  ///< of a group, at g * chunks_of_group + c
};

/// One row against `count` others from `first` on. Those of the right are padded to whole groups.
template <typename R, typename C>
struct Series {
    SeriesTerms which;
    Index terms;
    LeftTerms<C> left_sums, left_differences;  ///< differences are null for a smooth activation
    RightTerms<C> right_sums, right_differences;
    Index terms_of_group, chunks_of_group;
    R tolerance;  ///< a pair's chunks count while |rho|^m times its norms exceeds it
    R left_inverse, left_mean, left_kink_mean;
    const C* right_inverses;
    const C* right_means;
    const C* right_kink_means;
    Index first;
    Index count;
};

/// With a_m(j) = left_sums[m] right_sums[m][j], or for a kink (left_differences[m] right_sums[m][j]
/// + left_sums[m] right_differences[m][j]) / 2, and rho = c left_inverse right_inverses[j]:
/// covariance c becomes c sum_m a_m rho^m + left_mean right_means[j] - left_kink_mean
/// right_kink_means[j], and derivative sum_m (m + 1) a_m rho^m.
void sum(const Series<float, float>& series, float* covariance, float* derivative);
void sum(const Series<double, float>& series, double* covariance, double* derivative);
void sum(const Series<double, double>& series, double* covariance, double* derivative);

/// Adds the dual of the kink for the covariances before.
template <typename R, typename C>
struct KinkRows {
    R left_deviation;
    R left_inverse;
    const C* right_deviations;
    const C* right_inverses;
    Index count;
};

void add_kink(const KinkAtZero& kink, const KinkRows<float, float>& rows, const float* before,
              float* covariance, float* derivative);
void add_kink(const KinkAtZero& kink, const KinkRows<double, float>& rows, const double* before,
              double* covariance, double* derivative);
void add_kink(const KinkAtZero& kink, const KinkRows<double, double>& rows, const double* before,
              double* covariance, double* derivative);

}  // namespace sketchntk::series_loops
