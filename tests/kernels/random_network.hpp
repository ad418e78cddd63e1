#pragma once

#include <sketchntk/kernels/network.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <string>

namespace sketchntk::testing {

/// A network and the images that it is for.
struct NetworkExample {
    Network network;
    ImageShape shape;  ///< empty for rows
};

/// "<network> on 6 x 5"
[[nodiscard]] std::string to_text(const NetworkExample& example);

/// Whether the layers fit the shape, end with a row, and at least one of them is trained.
[[nodiscard]] bool is_valid(const NetworkExample& example);

/// A random valid network on rows (a third), sequences of up to 8 or images of up to 6 x 6 pixels,
/// of every layer with random options and activations of closed form. Half of the networks on
/// images have neither strides, pools before the end nor circular padding, and half of those on
/// rows are dense layers and activations alone, so that the faster kernels serve them.
[[nodiscard]] NetworkExample random_network(unsigned seed);

}  // namespace sketchntk::testing
