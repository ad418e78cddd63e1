#pragma once

#include "features/drawn_sketch.hpp"
#include "features/pixel_method.hpp"

#include <sketchntk/sketches/polynomial_sketch.hpp>

#include <vector>

namespace sketchntk {

/// Coefficients >= 0 of polynomials p1 near kappa1 and p0 near kappa0.
struct ActivationPolynomials {
    std::vector<double> kappa1;
    std::vector<double> kappa0;
};

/// A ReLU as CNTKSketch has it, and the pooling behind it: with z = phi and u = z / |z|,
///
///     phi <- |z| / sqrt(2) S(u),          E <S(u), S(v)> = p1(<u, v>),
///     psi <- T(u, psi) / sqrt(2),         E <T(u, s), T(v, t)> = p0(<u, v>) <s, t>.
///
/// Between activations phi is scaled to the length |z| / sqrt(2) instead. Where z is zero, so is
/// phi (and psi, which was zero before).
class PixelSketchedActivation final : public PixelStep {
  public:
    /// @param place phi below 2, but not 0, is taken for 2
    PixelSketchedActivation(PixelActivationPlace place, const ActivationPolynomials& polynomials,
                            Seed seed);

    void draw() override;
    [[nodiscard]] StepMemory memory() const override;
    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] double flops() const override;
    [[nodiscard]] Index shared_floats() const override;
    [[nodiscard]] Index memory_floats() const override;

  private:
    [[nodiscard]] Index strip() const;
    void scale_phi(std::span<float> phi, double length) const;
    template <typename Use>
    void for_each_sketch(const Use& use) const;

    PixelShape input_;
    PixelPooling pooling_;
    bool activation_behind_;
    std::unique_ptr<const DrawnSketch<sketches::PolynomialSketch>> phi_;
    std::unique_ptr<const DrawnSketch<sketches::PolynomialProductSketch>> psi_;
};

}  // namespace sketchntk
