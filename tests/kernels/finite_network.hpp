#pragma once

#include "kernels/reference_kernel.hpp"

#include <random>

namespace sketchntk::testing {

/// The kernels of one network of finite width with weights as drawn: f(x) f(y), the mean over its
/// outputs, and the inner product of the gradients of its first output, over all trained weights
/// and biases. Their expectations are the NNGP and the NTK but for terms of order 1 / width.
///
/// Every layer with weights has `width` channels, in the parameterisation of layers.hpp; weights
/// are drawn from `generator`. Forwards and backwards layer by layer, for all images at once.
/// @param images a row for each, as for `reference_kernels`
[[nodiscard]] ReferenceKernels finite_kernels(const Network& network, const ImageShape& shape,
                                              const Matrix<double>& images, Index width,
                                              std::mt19937_64& generator);

}  // namespace sketchntk::testing
