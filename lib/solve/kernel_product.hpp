#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>

#include <memory>
#include <vector>

namespace sketchntk {

/// Products of a kernel matrix with float64 vectors, which are the rows of their matrix: t x n.
/// Sums have a fixed order.

/// Products with a symmetric K(X, X), of which each pair of symmetric tiles is computed once. As
/// many tiles as a budget holds stay in memory when they are first computed, and later products
/// read them; the others are computed again for each product, once for all of its vectors.
///
/// Tiles are taken in rounds, in each of which no two have a row or column of tiles in common (a
/// round-robin tournament): they add straight to the result, in an order that does not depend on
/// the threads.
class SymmetricProduct {
  public:
    /// @param kernel must outlive the object @param kept_bytes for tiles
    SymmetricProduct(const KernelTiles<float>& kernel, Index kept_bytes);

    /// vectors K.
    [[nodiscard]] Matrix<double> multiply(const Matrix<double>& vectors,
                                          const Execution& execution);

    /// Bytes of all tiles: what to keep them all takes, about 2 n^2.
    [[nodiscard]] static Index bytes_of_tiles(Index size);
    /// Memory of `multiply` in bytes, its result included and kept tiles not.
    [[nodiscard]] static Index bytes(Index size, Index vectors, int threads);

  private:
    [[nodiscard]] MatrixView<const float> entries(Index row, Index column);
    void multiply_tile(Index row, Index column, const Matrix<double>& vectors,
                       Matrix<double>& result);

    const KernelTiles<float>& kernel_;
    Index tiles_;  ///< in a row
    /// The first of the lower triangle, row by row; null until computed.
    std::vector<std::unique_ptr<float[]>> kept_;
};

/// vectors K^T for a K of any shape: t x (rows of K).
[[nodiscard]] Matrix<double> cross_product(const KernelTiles<float>& kernel,
                                           const Matrix<double>& vectors,
                                           const Execution& execution);

}  // namespace sketchntk
