#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/network.hpp>
#include <sketchntk/kernels/network_shape.hpp>

namespace sketchntk::testing {

/// NNGP and NTK of images, both n x n.
struct ReferenceKernels {
    Matrix<double> nngp;
    Matrix<double> ntk;
};

/// The exact kernels of any network by the plainest possible implementation, in float64: for each
/// pair of images (x, y) the full tensors of covariances between all pixels of x and x, x and y, y
/// and y, and of the gradients' inner products, taken from layer to layer by loops over all pairs
/// of pixels. Duals of activations come from the library, one number at a time; everything else is
/// its own.
/// @param images a row for each: pixels row by row, each with its channels; rows if `shape` is
///   empty. The network must end with a row.
[[nodiscard]] ReferenceKernels reference_kernels(const Network& network, const ImageShape& shape,
                                                 const Matrix<double>& images);

}  // namespace sketchntk::testing
