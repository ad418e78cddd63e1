#pragma once

#include "solve/tridiagonal.hpp"

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// Evaluates, for many vectors w_i and many shifts at once,
///
///     leverage_i = w_i^T (T + shift I)^-1 w_i   and   prediction_i = w_i^T (T + shift I)^-1 c
///
/// for the columns c of a matrix C, by the recurrence of T + shift I = L D L^T: with v = L^-1 w the
/// first is sum v_k^2 / d_k and the second sum v_k (D^-1 L^-1 c)_k. It runs over k once for each
/// shift, for many vectors side by side; (4 + 2 t) m flops for each vector and shift.
class QuadraticForms {
  public:
    /// @param cross C, m x t
    /// @throws NumericalError if T + shift I is not positive definite for one of the shifts.
    QuadraticForms(const TridiagonalForm& form, const Matrix<double>& cross,
                   std::span<const double> shifts);

    /// Vectors that one task takes side by side.
    static constexpr Index block_columns = 32;

    /// Forms of up to `block_columns` columns from `first` on, for all shifts: row s of `leverages`
    /// (shifts x block_columns) and rows s t to s t + t - 1 of `predictions`.
    void evaluate_block(MatrixView<const double> vectors, Index first, Matrix<double>& leverages,
                        Matrix<double>& predictions) const;

    [[nodiscard]] Index shift_count() const { return static_cast<Index>(factors_.size()); }
    [[nodiscard]] Index target_count() const { return targets_; }

    /// Memory in bytes for m features, t targets and a number of shifts.
    [[nodiscard]] static Index bytes(Index features, Index targets, Index shifts);

  private:
    Index targets_;
    std::vector<ShiftedTridiagonal> factors_;
    std::vector<Matrix<double>> weights_;  ///< D^-1 L^-1 C for each shift
};

}  // namespace sketchntk
