#pragma once

#include "features/pixel_step.hpp"

#include <sketchntk/core/random.hpp>

namespace sketchntk {

/// The sum of two branches: their phi side by side. Their psi are added with random signs where the
/// dimension has to stay (both have the same then, if they are there), and otherwise stand side by
/// side.
class PixelResidual final : public PixelStep {
  public:
    PixelResidual(PixelChain branch, PixelChain shortcut, bool keeps_psi, Seed seed);

    void draw() override;
    [[nodiscard]] StepMemory memory() const override;
    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] double flops() const override;
    [[nodiscard]] Index shared_floats() const override;
    [[nodiscard]] Index memory_floats() const override;
    void for_each_learner(const std::function<void(PixelLearner&)>& visit) override;
    [[nodiscard]] const PixelFeatures* entering(const PixelLearner& target, const PixelFeatures& in,
                                                StepMemory& memory) const override;

  private:
    [[nodiscard]] bool adds_psi() const;

    PixelChain branch_;
    PixelChain shortcut_;
    bool keeps_psi_;
    Seed seed_;
    std::vector<float> signs_;
};

}  // namespace sketchntk
