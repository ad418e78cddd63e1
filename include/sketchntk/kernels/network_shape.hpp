#pragma once

#include <sketchntk/kernels/network.hpp>

#include <span>
#include <string>

namespace sketchntk {

/// The pixels of what a layer sees: their numbers along each axis. Empty for rows without pixels.
using ImageShape = std::vector<Index>;

[[nodiscard]] Index pixel_count(const ImageShape& shape);

/// "32 x 32", or "a row".
[[nodiscard]] std::string to_text(const ImageShape& shape);

/// Where the windows of a convolution or a pool lie along one axis: output k sees the inputs from
/// k * stride - before on.
struct WindowAxis {
    Index inputs;
    Index outputs;
    Index window;
    Index stride;
    Index before;
};

/// The axes of a layer with windows.
/// @param where names the layer in messages
/// @throws InvalidArgument for an image with other axes than the window, and for windows larger
///   than a valid image.
[[nodiscard]] std::vector<WindowAxis> window_axes(const std::string& where, const ImageShape& shape,
                                                  const Extent& window, const Extent& stride,
                                                  Padding padding);

/// The shape that layers make of an input.
/// @throws InvalidArgument that names the layer which does not fit.
[[nodiscard]] ImageShape output_shape(std::span<const Layer> layers, const ImageShape& input,
                                      const std::string& where = "network");

}  // namespace sketchntk
