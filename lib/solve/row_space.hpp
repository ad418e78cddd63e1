#pragma once

#include "solve/householder.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <vector>

namespace sketchntk {

/// Coordinates of the space that n <= m rows of m numbers span: Z P = [R^T, 0] with an orthogonal P
/// (m x m) and an upper triangular R (n x n), by blocks of Householder reflections (Golub and Van
/// Loan 2013, section 5.2).
///
/// A matrix Z^T Z is then P diag(R R^T, 0) P^T, whatever the rank of Z.
class RowSpace {
  public:
    /// Takes over the rows and works in their memory; 2 m n^2 flops. The result has the same bits
    /// for any number of threads.
    explicit RowSpace(Matrix<double>&& rows, const Execution& execution);

    [[nodiscard]] Index row_count() const { return reflectors_.rows(); }
    [[nodiscard]] Index column_count() const { return reflectors_.columns(); }

    /// R R^T, the lower triangle (j <= i); n^3 / 3 flops at least.
    [[nodiscard]] Matrix<double> gram() const;
    /// columns := P columns or P^T columns, for m x t columns; 4 m n t flops.
    void multiply(OrthogonalFactor which, Matrix<double>& columns,
                  const Execution& execution) const;

  private:
    Matrix<double> reflectors_;  ///< transposed: reflection i in row i, from column i + 1 on
    std::vector<double> coefficients_;
};

}  // namespace sketchntk
