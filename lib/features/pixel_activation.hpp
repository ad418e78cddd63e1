#pragma once

#include "features/patch_whitening.hpp"
#include "features/pixel_directions.hpp"
#include "features/pixel_learner.hpp"
#include "features/pixel_pool.hpp"
#include "features/pixel_step.hpp"

#include <sketchntk/core/random.hpp>
#include <sketchntk/features/direction_law.hpp>

#include <optional>

namespace sketchntk {

/// How an activation takes its directions.
struct PixelActivationRule {
    Index relu = 0;  ///< features of phi behind it; 0 where nothing behind needs them
    /// Directions drawn at random, or along patches of the data.
    std::optional<DirectionLaw> law = DirectionLaw::automatic;
    Index leading = 0;  ///< leading directions treated apart, at most, see `PixelDirections`
    PatchWhiteningRule whitening = {};

    /// Whether what enters becomes something else before directions are multiplied with it.
    [[nodiscard]] bool whitens() const { return whitening.contrast > 0 || whitening.whitening > 0; }
};

/// A ReLU, with the layer before it and the pooling behind it in the same pass:
///
///     phi <- sqrt(1 / r) max(<v_k, z>, 0), k = 1, ..., r;     psi_k <- psi_k [<w_k, z> > 0],
///
/// z being phi, whitened where that is asked for, and v, w directions of length sqrt(dim z).
/// E <phi, phi'> = |z| |z'| kappa1(z, z') / 2, E <psi, psi'> = <psi, psi'> kappa0(z, z') / 2 for
/// random directions; for those along patches the means are over the patches' law.
class PixelActivation final : public PixelStep, public PixelLearner {
  public:
    /// @param before the step before, which is done strip by strip; null if its result is there
    PixelActivation(const PixelShape& input, std::unique_ptr<PixelStripStep> before,
                    PixelPooling pooling, const PixelActivationRule& rule, Seed seed);

    void draw() override;
    [[nodiscard]] StepMemory memory() const override;
    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] double flops() const override;
    [[nodiscard]] Index shared_floats() const override;
    [[nodiscard]] Index memory_floats() const override;
    void for_each_learner(const std::function<void(PixelLearner&)>& visit) override {
        if (before_) before_->for_each_learner(visit);
        visit(*this);
    }
    [[nodiscard]] const PixelFeatures* entering(const PixelLearner& target, const PixelFeatures& in,
                                                StepMemory& memory) const override;

    [[nodiscard]] bool learns() const override {
        return !rule_.law || rule_.whitens() || leading() > 0;
    }
    [[nodiscard]] bool ready() const override { return !learns() || learnt_; }
    [[nodiscard]] Index sample_columns() const override { return input_.phi; }
    [[nodiscard]] Index sample_pixels() const override { return input_.count(); }
    [[nodiscard]] Index wanted_samples() const override;
    void write_sample(const PixelFeatures& entering, Index pixel,
                      std::span<float> out) const override;
    /// Projection, shift (with the contrast's floor behind it), directions, leading directions.
    [[nodiscard]] std::size_t learnt_matrices() const override { return 4; }
    [[nodiscard]] std::vector<Matrix<float>> learn(Matrix<float> patches,
                                                   const Execution& execution) const override;
    void set_learnt(std::span<const Matrix<float>> learnt) override;
    [[nodiscard]] Index learning_floats(int threads) const override;

  private:
    /// Some pixels of an image, and what enters them.
    struct Strip {
        Index first;
        MatrixView<const float> phi;
        MatrixView<const float> psi;
    };

    [[nodiscard]] Index strip_pixels() const;
    [[nodiscard]] Strip strip(const PixelFeatures& in, Index first, StepMemory& memory) const;
    void apply_to(const Strip& strip, StepMemory& memory) const;
    /// Of z.
    [[nodiscard]] Index dimension() const;
    [[nodiscard]] Index learnt_directions() const {
        return rule_.law ? 0 : rule_.relu + input_.psi;
    }
    /// Products for each pixel, those of rectifiers first.
    [[nodiscard]] Index products() const;
    [[nodiscard]] Index rectifiers() const;
    [[nodiscard]] Index leading() const { return random_ ? random_->leading() : 0; }
    [[nodiscard]] Index block_columns() const;
    void whiten(MatrixView<const float> phi, Matrix<float>& normalised,
                MatrixView<float> whitened) const;
    void multiply(MatrixView<const float> z, Index first, MatrixView<float> coordinates,
                  MatrixView<float> out) const;
    void use(const Strip& strip, Index first, MatrixView<const float> products,
             PixelFeatures& out) const;
    void rectify(const Strip& strip, Index first, MatrixView<const float> products,
                 Matrix<float>& out) const;
    void gate(const Strip& strip, Index first, MatrixView<const float> products,
              Matrix<float>& out) const;

    PixelShape input_;
    std::unique_ptr<PixelStripStep> before_;
    PixelPooling pooling_;
    PixelActivationRule rule_;
    Seed seed_;
    bool learnt_ = false;
    PatchWhitening whitening_;
    Matrix<float> along_patches_;
    Matrix<float> leading_basis_;
    std::optional<PixelDirections> random_;  ///< none: along patches
};

}  // namespace sketchntk
