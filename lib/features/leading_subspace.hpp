#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

#include <functional>
#include <vector>

namespace sketchntk {

/// An orthonormal basis, in the columns, of nearly the space of the `count` leading eigenvectors of
/// a positive semidefinite matrix, by block power iteration from random numbers (Halko, Martinsson
/// and Tropp 2011, algorithm 4.4), orthonormalised by Cholesky.
///
/// Cost: 2 n^2 count flops for each iteration. Memory: two matrices n x count and one count x count
/// in float64. The bits do not depend on the number of threads.
/// @param matrix n x n, symmetric; count is at most n
[[nodiscard]] Matrix<double> leading_subspace(const Matrix<double>& matrix, Index count,
                                              int iterations, Seed seed,
                                              const Execution& execution);

/// The leading eigenvectors of the second moments of some rows.
struct PrincipalComponents {
    Matrix<float> vectors;       ///< in the columns, orthonormal, the largest eigenvalue first
    std::vector<double> shares;  ///< eigenvalues, over the sum of all
    double total = 0;            ///< that sum: the squares of all entries
};

/// Those of the matrix X^T X of the rows X: by the leading subspace, without forming the matrix,
/// and the eigenvectors in it, or by all eigenvectors where a good part of them is wanted. Of rows
/// that are all zero there are none, and never more than columns.
///
/// Cost: 4 rows columns count flops for each of a few iterations.
[[nodiscard]] PrincipalComponents principal_components(MatrixView<const float> rows, Index count,
                                                       const Execution& execution);

}  // namespace sketchntk
