#pragma once

#include <sketchntk/kernels/network.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <cstdint>

namespace sketchntk {

/// Bytes that kernels on images hold, at most: their channels, and what each pixel brings to
/// activations and layer norm.
/// @param shape pixels @param scalar_bytes 4 or 8
[[nodiscard]] std::int64_t image_kernel_bytes(const Network& network, const ImageShape& shape,
                                              Index channels, Index images, Index scalar_bytes);

/// Bytes that `DisplacementKernel` works with in each thread, at most: what pairs hold behind
/// average pools, 4 H^2 W vectors of 64 bytes for a 2 x 2 pool that makes H x W pixels, up to 16
/// times if that is little. Other networks need none.
/// @param shape pixels; the network is one that displacements serve
[[nodiscard]] std::int64_t displacement_thread_bytes(const Network& network,
                                                     const ImageShape& shape);

/// Bytes that `TensorKernel` works with in each thread, at most: the covariances of all pairs of
/// pixels, of both kernels and of both branches of each residual that is open, and a copy.
[[nodiscard]] std::int64_t tensor_pair_bytes(const Network& network, const ImageShape& shape);

}  // namespace sketchntk
