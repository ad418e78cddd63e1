#pragma once

#include "kernels/displacement_slice.hpp"

#include <sketchntk/kernels/network.hpp>

#include <span>
#include <string>

namespace sketchntk {

/// A network as slices go through it: layers on pixels, one pooling of all pixels, layers on rows.
struct SlicePlan {
    std::vector<SliceLayer> on_pixels;
    ImageShape last_image;        ///< of the pixels that are pooled
    Index reach = 0;              ///< how far filters reach over the edge of a row of pixels
    bool pools_globally = false;  ///< else it flattens: displacement 0 alone
    std::vector<SliceLayer> on_rows;
    std::string refusal;  ///< why slices cannot serve the network; empty if they can

    /// @param shape of the images, not empty
    SlicePlan(const Network& network, const ImageShape& shape);

  private:
    void refuse(const std::string& reason);  // the first reason stands
    std::vector<SliceLayer> layers_from(std::span<const Layer> layers, ImageShape shape,
                                        const std::string& where);
};

/// Whether any of the layers asks an image for maps of its own.
[[nodiscard]] bool meets_activations(const std::vector<SliceLayer>& layers);

}  // namespace sketchntk
