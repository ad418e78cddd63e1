#pragma once

#include "features/leading_fold.hpp"
#include "features/pixel_learner.hpp"
#include "features/pixel_step.hpp"
#include "kernels/layer_windows.hpp"

#include <sketchntk/core/random.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// The weights of a dense layer or a convolution, and what becomes of its gradients.
struct PixelWeights {
    double w_std;
    double b_std;
    bool gains;  ///< its gradients are part of the result
    bool activation_behind;
    Index psi;  ///< columns of psi before activations

    /// w / sqrt(F) for windows of F pixels.
    [[nodiscard]] float scale(Index window) const;
};

/// The rows of `in` that a window sees, side by side, times `scale`; zeros for the padding.
void write_patch(const Matrix<float>& in, const std::vector<Index>& window, float scale,
                 std::span<float> out);

/// A dense layer (windows of one pixel) or a convolution:
///
///     phi(i) <- [w / sqrt(F) phi(i + a) for each offset a of the window, b]
///     psi(i) <- w / sqrt(F) sum_a s_a o rotated_a((psi + s o fold(phi))(i + a)) + b s' / sqrt(dim)
///
/// with random signs s, "+ fold(phi)" and the bias only for trained layers. The cross terms vanish
/// in expectation, so that <psi, psi'> has the mean of T in `TensorKernel`; psi keeps its
/// dimension. `fold` brings phi to the dimension of psi: copies, or sums of coordinates with random
/// signs. Where psi begins, it is the fold of the new phi; where no activation follows, and the
/// dimension enters no more products, the new phi is put beside psi instead of added. What leads
/// all of that is folded apart (`LeadingFold`), once it is learnt.
class PixelLinear final : public PixelStripStep, public PixelLearner {
  public:
    /// @param most_leading components folded apart, at most
    PixelLinear(const PixelShape& input, ImageShape pixels, LayerWindows windows,
                const PixelWeights& weights, Index most_leading, Seed seed);

    void draw() override;
    [[nodiscard]] std::vector<Matrix<float>> strip_room() const override;
    [[nodiscard]] Index strip_room_floats() const override;
    void begin_strips(const PixelFeatures& in, std::vector<Matrix<float>>& room) const override;
    void write_strip(const PixelFeatures& in, std::vector<Matrix<float>>& room, Index first,
                     MatrixView<float> phi, MatrixView<float> psi) const override;
    [[nodiscard]] double flops() const override;
    [[nodiscard]] Index shared_floats() const override;
    void for_each_learner(const std::function<void(PixelLearner&)>& visit) override {
        visit(*this);
    }
    [[nodiscard]] const PixelFeatures* entering(const PixelLearner& target, const PixelFeatures& in,
                                                StepMemory&) const override {
        return &target == this ? &in : nullptr;
    }

    [[nodiscard]] bool learns() const override { return fold_.learns(); }
    [[nodiscard]] bool ready() const override { return fold_.ready(); }
    [[nodiscard]] Index sample_columns() const override { return fold_.sample_columns(); }
    [[nodiscard]] Index sample_pixels() const override { return output().count(); }
    [[nodiscard]] Index wanted_samples() const override { return fold_.wanted_samples(); }
    void write_sample(const PixelFeatures& entering, Index pixel,
                      std::span<float> out) const override;
    [[nodiscard]] std::size_t learnt_matrices() const override {
        return LeadingFold::learnt_matrices;
    }
    [[nodiscard]] std::vector<Matrix<float>> learn(Matrix<float> samples,
                                                   const Execution& execution) const override {
        return fold_.learn(samples, execution);
    }
    void set_learnt(std::span<const Matrix<float>> learnt) override { fold_.set_learnt(learnt); }
    [[nodiscard]] Index learning_floats(int) const override { return fold_.learning_floats(); }

  private:
    [[nodiscard]] LeadingFold leading_fold(Index most) const;
    void draw_signs();
    [[nodiscard]] Index window() const { return static_cast<Index>(windows_.front().size()); }
    [[nodiscard]] bool has_psi() const { return psi_before_ > 0; }
    [[nodiscard]] bool psi_begins() const;
    [[nodiscard]] bool adds_phi() const;
    void write_phi(const Matrix<float>& in, Index pixel, std::span<float> out) const;
    void mix(std::span<const float> psi, std::span<const float> phi, std::span<float> mixed) const;
    void add_offset(std::span<const float> mixed, Index offset, float scale,
                    std::span<float> out) const;
    void write_psi(const Matrix<float>& mixed, Index pixel, std::span<float> out) const;
    void fold_by_signs(const Matrix<float>& patch, std::span<float> psi) const;
    void add_leading(std::vector<Matrix<float>>& room, Index first, MatrixView<const float> phi,
                     MatrixView<float> psi) const;
    void gather_components(const Matrix<float>& of_pixels, Index pixel, std::span<float> out) const;

    LayerWindows windows_;
    PixelWeights weights_;
    Index input_pixels_;
    Index phi_before_;
    Index psi_before_;
    Seed seed_;
    LeadingFold fold_;
    std::vector<float> fold_signs_;
    Matrix<float> window_signs_;  ///< offsets x psi
    std::vector<Index> rotations_;
    std::vector<float> bias_;  ///< what is added to psi
};

}  // namespace sketchntk
