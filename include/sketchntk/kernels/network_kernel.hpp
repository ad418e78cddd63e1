#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <optional>
#include <utility>

namespace sketchntk {

/// K(X, X), or K(X, Y), of any network: `FullyConnectedKernel` where it looks at rows, on images
/// `DisplacementKernel` where that serves and else `TensorKernel`, which computes in float64.
/// @param image the pixels of each row along each axis, or empty
/// @param out rows of x times rows of x, or of y
/// @throws as these.
template <typename T>
void network_kernel(const Network& network, KernelKind kind, const ImageShape& image,
                    MatrixView<const T> x, const std::optional<MatrixView<const T>>& y,
                    MatrixView<T> out, const Execution& execution = {});
/// The same in a matrix of its own.
template <typename T>
[[nodiscard]] Matrix<T> network_kernel(const Network& network, KernelKind kind,
                                       const ImageShape& image, MatrixView<const T> x,
                                       const std::optional<MatrixView<const T>>& y = std::nullopt,
                                       const Execution& execution = {});

/// K(X, X) of float32 rows as a reference for their features: in float64 arithmetic where the
/// network looks at rows (`fully_connected_gram`), whatever the shape of an image; else
/// `network_kernel` in float32.
/// @throws as these.
[[nodiscard]] Matrix<double> network_gram(const Network& network, KernelKind kind,
                                          const ImageShape& image, MatrixView<const float> x,
                                          const Execution& execution = {});

/// A kernel matrix that is there as numbers, behind the interface of tiles.
template <typename T>
class KernelMatrix final : public KernelTiles<T> {
  public:
    /// @param symmetric whether it is K(X, X)
    KernelMatrix(Matrix<T> entries, bool symmetric)
        : entries_(std::move(entries)), symmetric_(symmetric) {}

    [[nodiscard]] Index rows() const override { return entries_.rows(); }
    [[nodiscard]] Index columns() const override { return entries_.columns(); }
    [[nodiscard]] bool symmetric() const override { return symmetric_; }
    void tile(Index first_row, Index first_column, MatrixView<T> out) const override;

  private:
    Matrix<T> entries_;
    bool symmetric_;
};

extern template class KernelMatrix<float>;
extern template class KernelMatrix<double>;

}  // namespace sketchntk
