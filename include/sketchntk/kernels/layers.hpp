#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/activation.hpp>

#include <numbers>
#include <variant>
#include <vector>

namespace sketchntk {

struct Layer;

/// Lengths along the axes of an image (or of a sequence); a single one holds for every axis.
using Extent = std::vector<Index>;

/// What a window sees beyond the edge: nothing, the windows staying inside (valid); zeros, as many
/// as keep ceil(length / stride) outputs, the smaller half in front (same); the other side
/// (circular, which also keeps ceil(length / stride) outputs).
enum class Padding { valid, same, circular };

/// A dense layer in the NTK parameterisation of neural-tangents: y = w_std / sqrt(fan_in) W x +
/// b_std b with standard normal W and b; on images at each pixel.
struct Dense {
    double w_std = std::numbers::sqrt2;
    double b_std = 0;
    bool trained = true;  ///< false: the layer stays as drawn, and its gradients are not in the NTK

    bool operator==(const Dense&) const = default;
};

/// A convolution in the same parameterisation; its fan-in is channels times filter size.
struct Convolution {
    Extent filter;
    Extent stride{1};
    Padding padding = Padding::same;
    double w_std = std::numbers::sqrt2;
    double b_std = 0;
    bool trained = true;

    bool operator==(const Convolution&) const = default;
};

/// The mean over each window; windows stay inside.
struct AveragePool {
    Extent window;
    Extent stride;  ///< as read from text or JSON: `window` where it is left out

    bool operator==(const AveragePool&) const = default;
};

/// The mean over all pixels.
struct GlobalAveragePool {
    bool operator==(const GlobalAveragePool&) const = default;
};

/// All pixels and channels as one row.
struct Flatten {
    bool operator==(const Flatten&) const = default;
};

/// Normalisation over the channels of each row or pixel, without learnt scale.
struct LayerNorm {
    bool operator==(const LayerNorm&) const = default;
};

/// The sum of two branches that see the same input; an empty one is the identity.
struct Residual {
    std::vector<Layer> branch;
    std::vector<Layer> shortcut;

    bool operator==(const Residual& other) const;
};

/// One layer of a network.
struct Layer : std::variant<Dense, Activation, Convolution, AveragePool, GlobalAveragePool, Flatten,
                            LayerNorm, Residual> {
    using variant::variant;
};

}  // namespace sketchntk
