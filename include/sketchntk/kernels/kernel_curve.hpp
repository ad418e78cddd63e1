#pragma once

#include <sketchntk/kernels/fully_connected.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// The kernel of a fully connected ReLU network on a sphere, as a function of the cosine alone.
///
/// Let x~ = [w_0 x / sqrt(d), b_0] be a row after the first dense layer's scaling (`Sigma_0(x, y) =
/// <x~, y~>`). The kernel depends on <x~, y~> and the lengths of x~ and y~ only. For
/// |x~|^2 = |y~|^2 = squared_length this gives, for each cosine u of the angle between them, its
/// value K. Where no later dense layer has a bias the kernel is homogeneous, and K(x, y) = |x~|
/// |y~| times the curve at squared_length 1: see `is_homogeneous`.
///
/// @param cosines numbers from -1 to 1
/// @throws InvalidArgument as `FullyConnectedKernel`, or for a number that is not a cosine.
[[nodiscard]] std::vector<double> kernel_curve(const Network& network, KernelKind kind,
                                               double squared_length,
                                               std::span<const double> cosines);

/// Whether no dense layer but the first has a bias: then K(a x~, b y~) = a b K(x~, y~), a, b >= 0.
/// @throws InvalidArgument as `dense_layers`.
[[nodiscard]] bool is_homogeneous(const Network& network);

}  // namespace sketchntk
