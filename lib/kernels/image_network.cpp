#include "kernels/image_network.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/dual_activation.hpp>

#include <algorithm>

namespace sketchntk {

namespace {

void require_derivatives(std::span<const Layer> layers, const std::string& where) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string here = where + ", layer " + std::to_string(i + 1);
        if (const auto* activation = std::get_if<Activation>(&layers[i])) {
            if (!dual_activation(*activation)->has_derivative())
                throw InvalidArgument(here + ", " + activation->name +
                                      ", has no derivative kernel, so that the network has an NNGP "
                                      "but no NTK");
        } else if (const auto* residual = std::get_if<Residual>(&layers[i])) {
            require_derivatives(residual->branch, here + ", branch");
            require_derivatives(residual->shortcut, here + ", shortcut");
        }
    }
}

}  // namespace

bool has_trained_layer(std::span<const Layer> layers) {
    return std::any_of(layers.begin(), layers.end(), [](const Layer& layer) {
        if (const auto* dense = std::get_if<Dense>(&layer)) return dense->trained;
        if (const auto* conv = std::get_if<Convolution>(&layer)) return conv->trained;
        if (const auto* residual = std::get_if<Residual>(&layer))
            return has_trained_layer(residual->branch) || has_trained_layer(residual->shortcut);
        return false;
    });
}

void check_image_network(const Network& network, KernelKind kind, const ImageShape& shape) {
    const ImageShape end = output_shape(network.layers, shape);
    if (!end.empty())
        throw InvalidArgument("network: ends with an image of " + to_text(end) +
                              " pixels; flatten or gap makes a row of it");
    if (kind == KernelKind::nngp) return;
    if (!has_trained_layer(network.layers))
        throw InvalidArgument("network: no layer is trained, so that its NTK is zero");
    require_derivatives(network.layers, "network");
}

void check_image_columns(Index columns, const ImageShape& shape, const char* name) {
    if (columns < 1 || columns % pixel_count(shape) != 0)
        throw InvalidArgument(std::string(name) + ": " + std::to_string(columns) +
                              " columns are no multiple of " + std::to_string(pixel_count(shape)) +
                              " pixels");
}

}  // namespace sketchntk
