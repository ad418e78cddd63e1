#pragma once

#include <sketchntk/kernels/network_shape.hpp>

#include <string>
#include <vector>

namespace sketchntk {

/// The pixels that the window of each output pixel sees, in the order of the window's offsets; -1
/// for one of the padding.
using LayerWindows = std::vector<std::vector<Index>>;

/// @param where names the layer in messages
/// @throws InvalidArgument as `window_axes`.
[[nodiscard]] LayerWindows layer_windows(const std::string& where, const Convolution& layer,
                                         const ImageShape& shape);
[[nodiscard]] LayerWindows layer_windows(const std::string& where, const AveragePool& layer,
                                         const ImageShape& shape);

}  // namespace sketchntk
