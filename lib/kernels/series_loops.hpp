#pragma once

#include "kernels/hermite_table.hpp"

#include <sketchntk/core/matrix.hpp>

// The elementwise loops of a dual by its Hermite series (series_dual.hpp), in one version for each
// vector level.
namespace sketchntk::series_loops {

/// Which terms of a series in rho are not zero: all of them, or the first one and, behind it, every
/// second, as where s is odd or even but for a constant or linear part.
enum class SeriesTerms { all, first_and_odd, first_and_even };

/// Rows lie in groups of so many, of which term after term lies side by side: sums for a whole
/// group are in registers at once, four vectors of the widest kind for each of two sums.
inline constexpr Index rows_of_group = 64;

/// One row against `count` others from `first` on, whose coefficients are stored as C: those of
/// term k of group g begin at (g * terms_of_group + k) * rows_of_group.
template <typename R, typename C>
struct Series {
    SeriesTerms which;
    Index terms;
    const C* left_sums;  ///< term m divided by m + 1
    const C* right_sums;
    const C* left_differences;  ///< likewise; null for a smooth activation
    const C* right_differences;
    Index terms_of_group;
    R left_inverse;
    const C* right_inverses;  ///< padded to whole groups
    Index first;
    Index count;
};

/// With a_m(j) = left_sums[m] right_sums[m][j], or for a kink (left_differences[m] right_sums[m][j]
/// + left_sums[m] right_differences[m][j]) / 2, and rho = c left_inverse right_inverses[j]:
/// covariance c becomes c sum_m a_m rho^m, and derivative sum_m (m + 1) a_m rho^m.
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
