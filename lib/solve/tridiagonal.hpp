#pragma once

#include "solve/row_space.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <optional>
#include <span>
#include <vector>

namespace sketchntk {

/// The orthogonal reduction A = Q T Q^T of a symmetric matrix to a tridiagonal one, Q kept as its
/// Householder reflections, in two stages: to a band matrix by matrix products, and on to T by
/// chasing bulges down the band (`reduce_to_band`, `chase_bulges`).
///
/// Functions of A + shift I then cost O(m) for each shift and vector, without eigenvectors. T and Q
/// have the same bits for any number of threads.
class TridiagonalForm {
  public:
    /// Takes over a matrix of which the lower triangle (j <= i) is read; m >= 1. Works in place and
    /// in `bytes`. 4/3 m^3 flops in matrix products and 7 m^2 b in the chase, b = 32.
    ///
    /// At m = 4096 it took 2.7 s on one thread and 1.7 s on two, where 4/3 m^3 flops at the rate of
    /// a large product take 1.8 and 0.9 s; LAPACK's dsytrd, which does half of them at the speed of
    /// memory, took 4.9 s.
    /// @throws NumericalError if an entry is not finite, or T overflows.
    TridiagonalForm(Matrix<double>&& symmetric, const Execution& execution);

    /// A = Z^T Z of n <= m rows Z of m numbers, in place of the rows. T is zero beyond its leading
    /// n x n block, which is all that is reduced: 2 m n^2 + 2 n^3 flops.
    /// @throws NumericalError as the other.
    [[nodiscard]] static TridiagonalForm of_row_products(Matrix<double>&& rows,
                                                         const Execution& execution);

    [[nodiscard]] Index size() const { return static_cast<Index>(diagonal_.size()); }
    [[nodiscard]] std::span<const double> diagonal() const { return diagonal_; }
    [[nodiscard]] std::span<const double> off_diagonal() const { return off_diagonal_; }

    /// Ascending; O(m^2) flops, on one thread.
    [[nodiscard]] std::vector<double> eigenvalues() const;

    /// columns := Q^T columns, for m x t columns; 4 m^2 t flops, but as many for t < 32 as for 32.
    void multiply_transposed(Matrix<double>& columns, const Execution& execution) const;
    /// columns := Q columns, at the same cost.
    void multiply(Matrix<double>& columns, const Execution& execution) const;
    /// Q^T itself, some 3 m^3 flops.
    [[nodiscard]] Matrix<double> transposed_orthogonal_factor(const Execution& execution) const;

    /// Memory in bytes that the constructor needs besides the matrix: at most an eighth of
    /// the matrix and some 360 numbers for each row.
    [[nodiscard]] static Index bytes(Index size);
    /// The same besides n rows, for `of_row_products`.
    [[nodiscard]] static Index row_bytes(Index rows);

  private:
    /// Of the leading block that is not zero.
    [[nodiscard]] Index reduced_size() const { return reflectors_.rows(); }
    [[nodiscard]] std::vector<double> reduced_eigenvalues() const;

    std::optional<RowSpace> row_space_;  ///< whose Gram is reduced, if not all of A is
    Matrix<double> reflectors_;          ///< first stage below the diagonal, second stage above it
    Matrix<double> block_factors_;
    std::vector<double> diagonal_;
    std::vector<double> off_diagonal_;
};

/// T + shift I = L D L^T for a positive definite tridiagonal T + shift I.
class ShiftedTridiagonal {
  public:
    /// @throws NumericalError if T + shift I is not positive definite.
    ShiftedTridiagonal(std::span<const double> diagonal, std::span<const double> off_diagonal,
                       double shift);

    /// L(k, k - 1); the first is 0.
    [[nodiscard]] std::span<const double> multipliers() const { return multipliers_; }
    /// 1 / D(k, k).
    [[nodiscard]] std::span<const double> inverse_pivots() const { return inverse_pivots_; }

    /// columns := D^-1 L^-1 columns.
    void half_solve(Matrix<double>& columns) const;
    /// columns := (T + shift I)^-1 columns.
    void solve(Matrix<double>& columns) const;

  private:
    std::vector<double> multipliers_;
    std::vector<double> inverse_pivots_;
};

/// The smallest eigenvalue that a shifted matrix may have so that its inverse still has correct
/// digits in float64: `largest` is a bound on the norms of what was added up to the matrix,
/// `smallest` its smallest eigenvalue as computed (below zero by rounding, perhaps).
[[nodiscard]] double resolution(double largest, double smallest);

}  // namespace sketchntk
