#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace sketchntk {

/// Closer to 1 than this, a correlation of two rows has lost too many digits to rounding, and is
/// taken from the difference of the rows instead: the loss in kappa0 stays below 1e-7 / (pi
/// sqrt(2e-3)) in float32.
inline constexpr double nearness = 1e-3;

/// K(X, Y) in square blocks on a fixed grid, each from one product of rows.
template <typename T>
class KernelBlocks {
  public:
    using Other = std::optional<MatrixView<const T>>;

    virtual ~KernelBlocks() = default;

    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index columns() const { return columns_; }
    [[nodiscard]] bool symmetric() const { return symmetric_; }
    /// K(x_i, x_i) of the left rows.
    [[nodiscard]] virtual const std::vector<double>& diagonal() const = 0;

    /// The block at (first_row, first_column), multiples of its side. On the diagonal of a
    /// symmetric kernel only the lower triangle is computed, and mirrored.
    void compute(Index first_row, Index first_column, Matrix<T>& block) const;

  protected:
    KernelBlocks(MatrixView<const T> x, const Other& y)
        : rows_(x.rows()), columns_(y ? y->rows() : x.rows()), symmetric_(!y) {}

    /// The rows whose inner products `finish_row` gets, with zero rows after them up to whole
    /// blocks.
    [[nodiscard]] virtual const Matrix<T>& left_rows() const = 0;
    [[nodiscard]] virtual const Matrix<T>& right_rows() const = 0;

    /// Turns the inner products of a left row and `count` right ones into kernel entries.
    virtual void finish_row(Index row, Index first_column, Index count, T* entries) const = 0;

  private:
    void mirror(Index first_row, Matrix<T>& block) const;

    Index rows_;
    Index columns_;
    bool symmetric_;
};

/// Whether all activations of a network are rectifiers: relu, leaky_relu, abrelu, abs.
[[nodiscard]] bool is_rectifier_network(const Network& network);

/// By the recursion of rectifier networks, in closed form on correlations (layer_recursion.hpp).
template <typename T>
[[nodiscard]] std::unique_ptr<const KernelBlocks<T>> rectifier_kernel_blocks(
    const Network& network, KernelKind kind, MatrixView<const T> x,
    const typename KernelBlocks<T>::Other& y);

/// By the duals of any activations, on variances and covariances.
template <typename T>
[[nodiscard]] std::unique_ptr<const KernelBlocks<T>> dual_kernel_blocks(
    const Network& network, KernelKind kind, MatrixView<const T> x,
    const typename KernelBlocks<T>::Other& y);

/// Bytes that the objects of these functions hold for so many rows, x and y together.
template <typename T>
[[nodiscard]] std::int64_t rectifier_kernel_bytes(const Network& network, Index rows, Index inputs);
template <typename T>
[[nodiscard]] std::int64_t dual_kernel_bytes(const Network& network, Index rows, Index inputs);

}  // namespace sketchntk
