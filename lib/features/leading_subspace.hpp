#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

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

}  // namespace sketchntk
