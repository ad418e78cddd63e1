#pragma once

#include "features/pixel_method.hpp"
#include "features/pixel_step.hpp"

#include <sketchntk/features/feature_map.hpp>

namespace sketchntk {

/// The steps of a network on images, with features in all whose number is at most
/// `configuration.features` and as near to it as equal widths allow.
/// @throws InvalidArgument if the network does not fit, a layer cannot be served, or features are
///   too few.
[[nodiscard]] PixelChain pixel_network(const FeatureMapConfiguration& configuration,
                                       const PixelMethod& method, Index channels);

}  // namespace sketchntk
