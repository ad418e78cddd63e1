#pragma once

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network_shape.hpp>

namespace sketchntk {

/// What every kernel on images asks of a network.
/// @throws InvalidArgument if it does not fit the shape or does not end with a row, for an NTK
///   without trained layers, and for one of an activation without derivative kernel.
void check_image_network(const Network& network, KernelKind kind, const ImageShape& shape);

/// @throws InvalidArgument for columns that are no multiple of the pixels.
void check_image_columns(Index columns, const ImageShape& shape, const char* name);

}  // namespace sketchntk
