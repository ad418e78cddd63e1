#pragma once

#include "kernels/hermite_table.hpp"
#include "kernels/series_loops.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/dual_activation.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sketchntk {

/// The norms of what a row leaves out of `sums` and `differences`, relative to that of d, for even
/// and for odd degrees: apart since a degree for which the one falls slowly is one for which the
/// other falls fast.
struct SeriesLeftOut {
    std::array<double, 2> sums{}, differences{};

    [[nodiscard]] bool is_nothing() const { return sums == std::array<double, 2>{}; }
    /// A bound of what a pair of rows leaves out.
    [[nodiscard]] double product(const SeriesLeftOut& other) const;
    /// Becomes at least the other.
    void widen(const SeriesLeftOut& other);
};

/// Coefficients of rows, in the form that each side of a pair takes (series_loops.hpp).
template <typename C>
struct SeriesCoefficients {
    Matrix<C> of_groups;
    Matrix<C> of_rows;  ///< term m divided by m + 1: rows x terms
    /// From each chunk to the end, relative to the norm of d.
    Matrix<C> norms_of_groups, largest_norms_of_groups, norms_of_rows;
};

/// What rows bring to a `SeriesDual`, each by its variance, side by side.
///
/// With a smooth activation a row keeps so many terms that the others cannot count in any of its
/// pairs and sets these to zero: how many are summed for a pair then changes no bit.
template <typename C>
struct SeriesRows {
    SeriesCoefficients<C> sums;         ///< d_m + k_m
    SeriesCoefficients<C> differences;  ///< d_m - k_m; empty for a smooth activation
    std::vector<C> means, kink_means, deviations, inverses;  ///< padded to whole groups
    std::vector<Index> terms;
    Index terms_of_group;
    std::vector<SeriesLeftOut> left_out, largest_left_out_of_groups;
    std::vector<double> variances;
};

/// The dual of a smooth activation, or one with a kink at zero, by its Hermite series. With slopes
/// d_m and kinks k_m of both variances (`HermiteCoefficients`),
///     E[s'(u) s'(v)] = E[k'(u) k'(v)] + sum_m rho^m (d_m d_m' - k_m k_m'),
///     E[s(u) s(v)] = E[k(u) k(v)] + mean mean' - kink_mean kink_mean'
///                    + c sum_m rho^m (d_m d_m' - k_m k_m') / (m + 1)
/// (Mehler's formula). The kink's own dual has a closed form (kink_dual.hpp); the terms that are
/// left fall exponentially in sqrt(m) for a smooth activation, and as m^-3.5 for one with a kink.
/// Pairs for which the terms are too few, as of nearly parallel rows of large variance, are
/// integrated.
class SeriesDual final : public DualActivation {
  public:
    SeriesDual(const ScalarFunction& function, const KinkAtZero& kink);

    [[nodiscard]] bool has_cusp() const override { return table_.kink()[0] != 0; }
    void apply(const float* left_variance, Index left_step, const float* right_variance,
               float* covariance, float* derivative, Index count) const override;
    void apply(const double* left_variance, Index left_step, const double* right_variance,
               double* covariance, double* derivative, Index count) const override;

    /// Errors relative to sqrt(E[s'(u)^2] E[s'(v)^2]): 1e-12 for C = double; 1e-6 for float, but
    /// 3e-5 for pairs of which 256 terms are hardly enough.
    /// Cost: some microseconds a row; memory for up to 256 terms a row, or twice that for a kink.
    template <typename C>
    [[nodiscard]] SeriesRows<C> rows(std::span<const double> variances) const;

    /// At most so many bytes that `rows` holds for each.
    template <typename C>
    [[nodiscard]] std::int64_t bytes_of_row() const {
        const std::size_t matrices = table_.is_smooth() ? 2 : 4;
        constexpr auto chunk = static_cast<std::size_t>(series_loops::terms_of_chunk);
        constexpr std::size_t numbers = HermiteTable::terms + HermiteTable::terms / chunk + 1;
        return static_cast<std::int64_t>(matrices * numbers * sizeof(C));
    }

    /// `DualActivation::apply` for row `row` of `left` and the rows of `right` from `first` on.
    template <typename R, typename C>
    void apply_to_rows(const SeriesRows<C>& left, Index row, const SeriesRows<C>& right,
                       Index first, R* covariance, R* derivative, Index count) const;

  private:
    [[nodiscard]] series_loops::SeriesTerms which() const;
    [[nodiscard]] std::vector<std::size_t> degrees() const;
    template <typename R, typename C>
    void integrate_where_left_out(const SeriesRows<C>& left, Index row, const SeriesRows<C>& right,
                                  Index first, const R* before, R* covariance, R* derivative,
                                  Index count) const;

    HermiteTable table_;
    std::unique_ptr<const DualActivation> exactly_, roughly_;  ///< by quadrature
};

extern template SeriesRows<float> SeriesDual::rows(std::span<const double>) const;
extern template SeriesRows<double> SeriesDual::rows(std::span<const double>) const;

}  // namespace sketchntk
