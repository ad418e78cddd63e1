#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// The Cholesky factor L of K + shift I for a kernel matrix K(X, X), T = float or double.
///
/// Only the lower triangle is computed and stored, as panels of `panel_width` columns: half the
/// memory of the square. Left-looking, panel by panel; within a panel strips of rows go to the
/// threads, each strip's sum in the order of the panels, so that the bits do not depend on the
/// number of threads. Cost: n^3 / 3 flops in T and n^2 / 2 kernel entries.
template <typename T>
class TiledCholesky {
  public:
    static constexpr Index panel_width = 512;

    /// @throws DimensionMismatch if the kernel is not square, InvalidArgument if it is not
    /// symmetric
    ///   or has no rows, NumericalError if K + shift I is not positive definite in the precision of
    ///   T (names the pivot).
    TiledCholesky(const KernelTiles<T>& kernel, double shift, const Execution& execution);

    /// (L L^T)^-1 B for n x t right-hand sides, in float64 whatever T; 2 n^2 t flops.
    /// @throws DimensionMismatch
    [[nodiscard]] Matrix<double> solve(MatrixView<const double> right_hand_sides,
                                       const Execution& execution) const;

    /// The diagonal of (L L^T)^-1: (L L^T)^-1_ii = sum_k (L^-1)_ki^2, in float64 from an L^-1 in T
    /// that is never held whole. n^3 / 3 flops in T, as many as the factor; bits do not depend on
    /// the threads.
    [[nodiscard]] std::vector<double> inverse_diagonal(const Execution& execution) const;

    [[nodiscard]] Index size() const { return size_; }

    /// Memory of the factor in bytes: sizeof(T) (n^2 + n panel_width) / 2, about.
    [[nodiscard]] static Index bytes(Index size);
    /// Memory of `inverse_diagonal` in bytes.
    [[nodiscard]] static Index inverse_diagonal_bytes(Index size, int threads);

  private:
    struct Panel {
        AlignedVector<T> entries;  ///< rows first_row to n - 1, `columns` wide
        Index first_row = 0;
        Index columns = 0;

        [[nodiscard]] MatrixView<T> rows(Index first, Index count) {
            return {entries.data() + (first - first_row) * columns, count, columns};
        }
        [[nodiscard]] MatrixView<const T> rows(Index first, Index count) const {
            return {entries.data() + (first - first_row) * columns, count, columns};
        }
    };

    void allocate(const Execution& execution);
    void update_strip(std::size_t panel, Index first, Index count, const KernelTiles<T>& kernel,
                      double shift);
    void factor_diagonal_block(Panel& panel, double shift) const;
    void divide_by_diagonal_block(Panel& panel, const Execution& execution) const;
    void forward(Matrix<double>& columns, const Execution& execution) const;
    void backward(Matrix<double>& columns, const Execution& execution) const;
    void add_inverse_columns(Index first, std::span<double> squares) const;

    Index size_;
    std::vector<Panel> panels_;
};

extern template class TiledCholesky<float>;
extern template class TiledCholesky<double>;

}  // namespace sketchntk
