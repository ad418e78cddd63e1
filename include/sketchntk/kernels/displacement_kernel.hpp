#pragma once

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <memory>

namespace sketchntk {

/// Why `DisplacementKernel` cannot serve a network on images of a shape; empty if it can.
///
/// It serves convolutions of any stride with same or valid padding, dense layers, activations,
/// layer norm, residuals of these whose two branches have the same strides, and average pools
/// between them; then one global average pool or flatten; then dense layers, activations, layer
/// norm and residuals. It refuses, and `TensorKernel` serves,
/// - circular padding: windows at the edge see displacements of other sizes;
/// - pools in a residual, and branches of other strides: one output displacement of the sum would
///   take several input displacements of a branch, or another one from each;
/// - images of three axes.
/// @throws InvalidArgument for a network that does not fit the shape.
[[nodiscard]] std::string displacement_refusal(const Network& network, const ImageShape& shape);

/// The exact NNGP or NTK of a convolutional network on images: what `TensorKernel` computes, with
/// memory for images instead of all pairs of pixels.
///
/// A convolution averages over the same offset in both images, so covariances S(i, i + d) and T(i,
/// i + d) of one displacement d never meet those of another before pixels are pooled. Each
/// displacement is a slice as large as the overlap of the images, which runs through all layers up
/// to the next pool in cache.
///
/// An image is paired with 64 bytes' worth of others at once, one in each lane of a vector: 16 in
/// float32, 8 in float64. So the loops know no edges of rows, and a 3 x 3 convolution with the
/// rectifier behind it holds a pixel in registers from the sums over its neighbours to the result.
/// A tile of fewer columns, or that begins within such a group, computes the others in vain.
///
/// - A convolution of stride s makes output displacement D of input displacement s D, at every s-th
///   pixel; others are not computed.
/// - An average pool of window k and stride s makes D of sums over windows of the input
///   displacements s D + e, |e| < k along each axis.
/// - Flatten takes displacement 0; behind a pool that asks for |e| < k before it.
///
/// Every displacement that is asked for is computed once: slices before a pool are added to the few
/// slices behind it that are open (lib/kernels/slice_pool.hpp).
///
/// T = double: errors of the duals. T = float: 1e-5 relative to sqrt(K(x, x) K(y, y)), but 1e-4 for
/// pixels that nearly coincide in networks with kinks.
///
/// Cost of a pair of images of P pixels with global average pooling: about P^2 times (channels + 40
/// operations a layer), where layers behind a pool or a stride count with the pixels they have, and
/// layers before strides of total s with P^2 / s^2; with flatten P times that. Memory: the images,
/// P numbers for each activation (2 P for a rectifier) and image, twice that with flatten, and in
/// each thread `displacement_thread_bytes`.
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
