#pragma once

#include "features/patch_whitening.hpp"
#include "features/pixel_pool.hpp"
#include "features/pixel_step.hpp"
#include "features/random_directions.hpp"

#include <sketchntk/core/random.hpp>
#include <sketchntk/features/direction_law.hpp>

#include <array>
#include <optional>
#include <variant>

namespace sketchntk {

/// How an activation takes its directions.
struct PixelActivationRule {
    Index relu = 0;  ///< features of phi behind it; 0 where nothing behind needs them
    /// Directions drawn at random, or along patches of the data.
    std::optional<DirectionLaw> law = DirectionLaw::automatic;
    PatchWhiteningRule whitening = {};

    [[nodiscard]] bool learns() const {
        return !law || whitening.contrast > 0 || whitening.whitening > 0;
    }
};

/// A ReLU, with the layer before it and the pooling behind it in the same pass:
///
///     phi <- sqrt(1 / r) max(<v_k, z>, 0), k = 1, ..., r;     psi_k <- psi_k [<w_k, z> > 0],
///
/// z being phi, whitened where that is asked for, and v, w directions of length sqrt(dim z).
/// E <phi, phi'> = |z| |z'| kappa1(z, z') / 2, E <psi, psi'> = <psi, psi'> kappa0(z, z') / 2 for
/// random directions; for those along patches the means are over the patches' law.
class PixelActivation final : public PixelStep {
  public:
    /// @param before the step before, which is done strip by strip; null if its result is there
    PixelActivation(const PixelShape& input, std::unique_ptr<PixelStripStep> before,
                    PixelPooling pooling, const PixelActivationRule& rule, Seed seed);

    /// What is learnt: projection, shift (with the contrast's floor behind it) and directions.
    static constexpr std::size_t learnt_matrices = 3;
    using Learnt = std::array<Matrix<float>, learnt_matrices>;

    [[nodiscard]] bool learns() const { return rule_.learns(); }
    [[nodiscard]] Index input_pixels() const { return input_.count(); }
    [[nodiscard]] Index input_dimension() const { return input_.phi; }
    /// Directions along patches.
    [[nodiscard]] Index learnt_directions() const { return rule_.law ? 0 : directions(); }
    /// @param patches rows of phi that enter, from all over the data; overwritten
    [[nodiscard]] Learnt learn(Matrix<float> patches, const Execution& execution) const;
    /// @throws DimensionMismatch if the shapes do not fit.
    void set_learnt(Learnt learnt);
    [[nodiscard]] bool ready() const { return !learns() || learnt_; }

    void draw() override;
    [[nodiscard]] StepMemory memory() const override;
    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] double flops() const override;
    [[nodiscard]] Index shared_floats() const override;
    [[nodiscard]] Index memory_floats() const override;
    void for_each_activation(const std::function<void(PixelActivation&)>& visit) override {
        visit(*this);
    }
    [[nodiscard]] const PixelFeatures* entering(const PixelActivation& target,
                                                const PixelFeatures& in,
                                                StepMemory& memory) const override;

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
    [[nodiscard]] Index directions() const { return rule_.relu + input_.psi; }
    [[nodiscard]] Index block_columns() const;
    [[nodiscard]] std::optional<RandomDirections> random_directions(bool gates) const;
    void whiten(MatrixView<const float> phi, Matrix<float>& normalised,
                MatrixView<float> whitened) const;
    void multiply(MatrixView<const float> z, bool gates, Index first, MatrixView<float> out) const;
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
    std::optional<RandomDirections::Drawn> relu_;
    std::optional<RandomDirections::Drawn> gates_;
};

}  // namespace sketchntk
