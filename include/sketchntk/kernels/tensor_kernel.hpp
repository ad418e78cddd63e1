#pragma once

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <memory>

namespace sketchntk {

/// The exact NNGP or NTK of any network on rows or images, by the covariances of all pairs of
/// pixels: what serves every layer, and what faster kernels are measured against.
///
/// For images x and y, S(i, j) is the covariance of a channel at pixel i of x and pixel j of y,
/// T(i, j) that of the gradients; both start from <x_i, y_j> / channels and 0.
///
/// | layer | S | T |
/// |---|---|---|
/// | dense | w^2 S + b^2 | w^2 T + S |
/// | conv, filter F | w^2 / \|F\| sum_a S(i + a, j + a) + b^2, the same offset a in both images |
/// the same of T, without bias, + S | | activation s | E[s(u) s(v)] | T E[s'(u) s'(v)] | | average
/// pool, window F | 1 / \|F\|^2 sum_{a, b} S(i + a, j + b) | the same of T | | global average pool
/// | mean over all i, j | the same | | flatten | mean of S(i, i) | the same | | layer norm | S /
/// sqrt(S_x(i, i) S_y(j, j)) | T over the same | | residual | the sum of both branches | the same |
///
/// where "+ S" (the new S) is left out for a layer that is not trained (Arora et al. 2019, section
/// 4; Novak et al. 2020; scale convention of google/neural-tangents). The variances that
/// activations and layer norm need are computed once for each image.
///
/// Errors are those of the duals: see `dual_activation`.
///
/// Cost of a pair of images of P pixels: P^2 numbers twice, and as many evaluations of a dual for
/// each activation; some 0.1 s for three convolutions on 32 x 32 pixels.
class TensorKernel final : public KernelTiles<double> {
  public:
    /// K(X, X). @param x a row for each image: pixels in row-major order, each with its channels.
    /// @throws InvalidArgument for columns that are no multiple of the pixels, a network that does
    ///   not fit the shape (see `output_shape`) or does not end with a row, an NTK without trained
    ///   layers or of an activation without derivative kernel, and values that are not finite.
    TensorKernel(const Network& network, KernelKind kind, const ImageShape& shape,
                 MatrixView<const double> x);
    /// K(X, Y). @throws DimensionMismatch if x and y have different numbers of columns.
    TensorKernel(const Network& network, KernelKind kind, const ImageShape& shape,
                 MatrixView<const double> x, MatrixView<const double> y);
    ~TensorKernel() override;

    [[nodiscard]] Index rows() const override;
    [[nodiscard]] Index columns() const override;
    [[nodiscard]] bool symmetric() const override;
    void tile(Index first_row, Index first_column, MatrixView<double> out) const override;

  private:
    struct Implementation;
    std::unique_ptr<const Implementation> implementation_;
};

}  // namespace sketchntk
