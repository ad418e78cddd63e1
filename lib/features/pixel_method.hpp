#pragma once

#include "features/pixel_linear.hpp"
#include "features/pixel_pool.hpp"
#include "features/pixel_step.hpp"

#include <sketchntk/core/random.hpp>

#include <memory>

namespace sketchntk {

/// Where an activation stands, and what it is to give each pixel.
struct PixelActivationPlace {
    PixelShape input;
    /// The layer with weights right before it, which it does itself; null where that is not a
    /// `PixelStripStep`, or something else is there.
    std::unique_ptr<PixelStripStep> before;
    PixelPooling pooling;  ///< of the layer behind it, which it does itself
    Index phi;             ///< features wanted; 0 where nothing behind needs them
    Index psi;
    bool first;
    bool activation_behind;
};

/// What the maps of images do each in their own way: activations, and the layers with weights.
/// Pools, flatten and residual sums are the same for all.
class PixelMethod {
  public:
    virtual ~PixelMethod() = default;

    /// For messages.
    [[nodiscard]] virtual const char* name() const = 0;
    /// Features of phi behind each activation but the last.
    /// @param last features of a pixel behind the last one
    [[nodiscard]] virtual Index hidden_width(Index last) const = 0;
    /// Whether layers bring psi to any dimension; otherwise it keeps that with which it begins, up
    /// to the last activation.
    [[nodiscard]] virtual bool compresses_psi() const = 0;

    [[nodiscard]] virtual std::unique_ptr<PixelStep> activation(PixelActivationPlace place,
                                                                Seed seed) const = 0;
    /// A dense layer or a convolution.
    [[nodiscard]] virtual std::unique_ptr<PixelStep> linear(const PixelShape& input,
                                                            ImageShape pixels, LayerWindows windows,
                                                            const PixelWeights& weights,
                                                            Seed seed) const = 0;
};

}  // namespace sketchntk
