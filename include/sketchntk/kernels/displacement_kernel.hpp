#pragma once

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <memory>

namespace sketchntk {

/// Why `DisplacementKernel` cannot serve a network on images of a shape; empty if it can.
///
/// It serves convolutions of stride 1 with same or valid padding, dense layers, activations, layer
/// norm and residuals of these, then one global average pool or flatten, then dense layers,
/// activations, layer norm and residuals. Strides, pools before the end and circular padding
/// mix or wrap displacements: `TensorKernel` serves them.
[[nodiscard]] std::string displacement_refusal(const Network& network, const ImageShape& shape);

/// The exact NNGP or NTK of a convolutional network on images: what `TensorKernel` computes, with
/// memory for one image at a time instead of all pairs of pixels.
///
/// A convolution averages over the same offset in both images, so covariances S(i, i + d) and T(i,
/// i + d) of one displacement d never meet those of another before the pixels are pooled. Each
/// displacement is a slice as large as the overlap of the images, which runs through all layers in
/// the first-level cache: sums over windows along rows, then along columns, activations in place.
/// A network that ends with flatten needs displacement 0 alone.
///
/// T = double: errors of the duals. T = float: 1e-5 relative to sqrt(K(x, x) K(y, y)), but 1e-4 for
/// pixels that nearly coincide in networks with kinks.
///
/// Cost of a pair of images of P pixels with global average pooling: about P^2 times (channels + 30
/// operations a layer); with flatten P times that. Memory: the images, and P numbers for each
/// activation and image.
template <typename T>
class DisplacementKernel final : public KernelTiles<T> {
  public:
    /// K(X, X). @param x a row for each image: pixels in row-major order, each with its channels.
    /// @throws InvalidArgument as `TensorKernel`, or with `displacement_refusal`.
    DisplacementKernel(const Network& network, KernelKind kind, const ImageShape& shape,
                       MatrixView<const T> x);
    /// K(X, Y). @throws DimensionMismatch if x and y have different numbers of columns.
    DisplacementKernel(const Network& network, KernelKind kind, const ImageShape& shape,
                       MatrixView<const T> x, MatrixView<const T> y);
    ~DisplacementKernel() override;

    [[nodiscard]] Index rows() const override;
    [[nodiscard]] Index columns() const override;
    [[nodiscard]] bool symmetric() const override;
    [[nodiscard]] Index shared_side() const override;
    void tile(Index first_row, Index first_column, MatrixView<T> out) const override;

  private:
    struct Implementation;
    std::unique_ptr<const Implementation> implementation_;
};

extern template class DisplacementKernel<float>;
extern template class DisplacementKernel<double>;

}  // namespace sketchntk
