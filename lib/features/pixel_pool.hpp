#pragma once

#include "features/pixel_step.hpp"
#include "kernels/layer_windows.hpp"

namespace sketchntk {

/// Means over windows of pixels, from the side of the pixels that enter.
struct PixelPooling {
    ImageShape pixels;                        ///< of the result
    std::vector<std::vector<Index>> outputs;  ///< of each pixel that enters: the windows it lies in
    float weight = 1;                         ///< one over the pixels of a window

    /// Each pixel for itself.
    [[nodiscard]] static PixelPooling none(const ImageShape& shape);
    /// @throws InvalidArgument as `window_axes`.
    [[nodiscard]] static PixelPooling of(const std::string& where, const AveragePool& pool,
                                         const ImageShape& shape);
    [[nodiscard]] static PixelPooling global(const ImageShape& shape);

    /// Adds the share of these pixels, `rows` of features from `first` on, to the means.
    void add(MatrixView<const float> rows, Index first, Matrix<float>& means) const;
};

/// An average pool or a global one: means of features are features of means of kernels.
class PixelPool final : public PixelStep {
  public:
    PixelPool(const PixelShape& input, PixelPooling pooling);

    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] double flops() const override;

  private:
    PixelPooling pooling_;
};

/// The features of all P pixels side by side, over sqrt(P).
class PixelFlatten final : public PixelStep {
  public:
    explicit PixelFlatten(const PixelShape& input);

    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] double flops() const override;
};

}  // namespace sketchntk
