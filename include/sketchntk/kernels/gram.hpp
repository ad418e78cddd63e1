#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>

namespace sketchntk {

/// Rows [first_row, first_row + out.rows()) of a kernel matrix, all columns, in parallel.
/// @param out as many columns as the kernel has.
/// @throws DimensionMismatch if `out` does not fit.
template <typename T>
void kernel_rows(const KernelTiles<T>& kernel, Index first_row, MatrixView<T> out,
                 const Execution& execution = {});

/// The whole kernel matrix; for a symmetric kernel each pair is computed once and written twice.
/// @throws DimensionMismatch if `out` is not rows x columns of the kernel.
template <typename T>
void gram(const KernelTiles<T>& kernel, MatrixView<T> out, const Execution& execution = {});

/// The same in a matrix of its own.
template <typename T>
[[nodiscard]] Matrix<T> gram(const KernelTiles<T>& kernel, const Execution& execution = {});

/// The whole kernel matrix by single pairs, for kernels whose entries are dear (images): pairs are
/// spread over threads, each pair of a symmetric kernel is computed once, rows are reported.
template <typename T>
[[nodiscard]] Matrix<T> gram_by_pairs(const KernelTiles<T>& kernel,
                                      const Execution& execution = {});

/// K(X, X) of a fully connected network in float64, for float32 rows: n x n numbers, and a float64
/// copy of the rows meanwhile. @throws as `FullyConnectedKernel`.
[[nodiscard]] Matrix<double> fully_connected_gram(const Network& network, KernelKind kind,
                                                  MatrixView<const float> x,
                                                  const Execution& execution = {});

}  // namespace sketchntk
