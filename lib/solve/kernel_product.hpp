#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>

namespace sketchntk {

/// Products of a kernel matrix that is computed tile by tile with float64 vectors. The vectors are
/// the rows of their matrix: t x n. Sums have a fixed order.

/// vectors K for a symmetric K; each pair of symmetric tiles is computed once.
Matrix<double> symmetric_product(const KernelTiles<float>& kernel, const Matrix<double>& vectors,
                                 const Execution& execution);

/// vectors K^T for a K of any shape: (rows of K) columns.
Matrix<double> cross_product(const KernelTiles<float>& kernel, const Matrix<double>& vectors,
                             const Execution& execution);

/// Memory of `symmetric_product` in bytes, its result included.
Index symmetric_product_bytes(Index size, Index vectors, int threads);

}  // namespace sketchntk
