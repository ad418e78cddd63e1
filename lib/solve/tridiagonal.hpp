#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// The orthogonal reduction A = Q T Q^T of a symmetric matrix to a tridiagonal one, Q kept as its
/// Householder reflectors (Golub and Van Loan, Matrix Computations, 4th ed., 8.3.1).
///
/// Functions of A + shift I then cost O(m) for each shift and vector, without eigenvectors:
/// LAPACK's dsytrd took 5.1 s where the eigendecomposition dsyevd took 11.1 s (m = 4096, one core).
class TridiagonalForm {
  public:
    /// Takes over a matrix of which the lower triangle (j <= i) is read; m >= 1. Works in place:
    /// 4/3 m^3 flops, half of them in matrix-vector products, on one core.
    explicit TridiagonalForm(Matrix<double>&& symmetric);

    [[nodiscard]] Index size() const { return reflectors_.rows(); }
    [[nodiscard]] std::span<const double> diagonal() const { return diagonal_; }
    [[nodiscard]] std::span<const double> off_diagonal() const { return off_diagonal_; }

    /// Ascending; O(m^2) flops.
    [[nodiscard]] std::vector<double> eigenvalues() const;

    /// columns := Q^T columns, for m x t columns; 2 m^2 t flops.
    void multiply_transposed(Matrix<double>& columns) const;
    /// columns := Q columns.
    void multiply(Matrix<double>& columns) const;
    /// Q^T itself, 4/3 m^3 flops.
    [[nodiscard]] Matrix<double> transposed_orthogonal_factor() const;

  private:
    Matrix<double> reflectors_;
    std::vector<double> reflector_scales_;
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
