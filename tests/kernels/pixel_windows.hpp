#pragma once

#include <sketchntk/kernels/layers.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <vector>

namespace sketchntk::testing {

/// The pixels that the window of each output pixel sees, in the order of the window's offsets, both
/// row by row; -1 for one beyond the edge. Written from the definitions of the paddings
/// (layers.hpp, golden/README.md) and apart from the library's `window_axes`.
/// @param shape of one or two axes
[[nodiscard]] std::vector<std::vector<Index>> pixel_windows(const ImageShape& shape,
                                                            const Extent& window,
                                                            const Extent& stride, Padding padding);

/// The shape of the output pixels.
[[nodiscard]] ImageShape windowed_shape(const ImageShape& shape, const Extent& window,
                                        const Extent& stride, Padding padding);

}  // namespace sketchntk::testing
