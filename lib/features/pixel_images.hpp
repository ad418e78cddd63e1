#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <span>

namespace sketchntk {

/// Channels of rows that are images.
/// @param map named in messages
/// @throws InvalidArgument if the rows have no pixels, or columns that are no multiple of them.
[[nodiscard]] Index image_channels(const char* map, const ImageShape& image, Index inputs);

/// x / sqrt(channels) of each pixel.
/// @param width pixels along the last axis, which a mirrored image has reversed
/// @param phi pixels x channels
void read_pixels(std::span<const float> image, Index width, bool mirrored, Matrix<float>& phi);

}  // namespace sketchntk
