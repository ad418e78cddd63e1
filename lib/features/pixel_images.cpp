#include "features/pixel_images.hpp"

#include "kernels/image_network.hpp"

#include <sketchntk/core/error.hpp>

#include <cmath>
#include <string>

namespace sketchntk {

Index image_channels(const char* map, const ImageShape& image, Index inputs) {
    if (image.empty())
        throw InvalidArgument(std::string(map) + ": serves images; these rows have no pixels");
    check_image_columns(inputs, image, "inputs");
    return inputs / pixel_count(image);
}

void read_pixels(std::span<const float> image, Index width, bool mirrored, Matrix<float>& phi) {
    const Index channels = phi.columns();
    const float scale = 1 / std::sqrt(static_cast<float>(channels));
    for (Index pixel = 0; pixel < phi.rows(); ++pixel) {
        const Index column = pixel % width;
        const Index source = mirrored ? pixel - column + width - 1 - column : pixel;
        const float* values = image.data() + source * channels;
        for (Index c = 0; c < channels; ++c) phi(pixel, c) = scale * values[c];
    }
}

}  // namespace sketchntk
