#pragma once

#include "features/drawn_sketch.hpp"
#include "features/pixel_linear.hpp"

#include <sketchntk/sketches/fourier_srht.hpp>

namespace sketchntk {

/// A dense layer (windows of one pixel) or a convolution, as CNTKSketch has it:
///
///     phi(i) <- [w / sqrt(F) phi(i + a) for each offset a of the window, b]
///     psi(i) <- SRHT [w / sqrt(F) psi(i + a) for each offset a; phi(i), the new one]
///
/// with phi where the layer is trained only. The SRHT brings psi to the dimension that it is to
/// have; where it is not above that already, it is left as it is, exactly. Where no activation
/// follows, psi keeps its dimension, and phi stands beside it.
class PixelSketchedLinear final : public PixelStep {
  public:
    PixelSketchedLinear(const PixelShape& input, ImageShape pixels, LayerWindows windows,
                        const PixelWeights& weights, Seed seed);

    void draw() override;
    [[nodiscard]] StepMemory memory() const override;
    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] double flops() const override;
    [[nodiscard]] Index shared_floats() const override;
    [[nodiscard]] Index memory_floats() const override;

  private:
    [[nodiscard]] Index window() const { return static_cast<Index>(windows_.front().size()); }
    [[nodiscard]] bool phi_is_sketched() const;
    [[nodiscard]] bool phi_is_beside() const;
    [[nodiscard]] Index patch_columns() const;
    [[nodiscard]] Index sketched_columns() const;
    [[nodiscard]] Index strip() const;
    void write_phi(const Matrix<float>& in, Index pixel, std::span<float> out) const;
    void write_psi(const PixelFeatures& in, Index pixel, std::span<const float> phi,
                   std::span<float> out) const;

    LayerWindows windows_;
    PixelWeights weights_;
    Index psi_before_;
    std::unique_ptr<const DrawnSketch<sketches::FourierSrht>> srht_;
};

}  // namespace sketchntk
