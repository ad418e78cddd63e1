#pragma once

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
/// dimension enters no more products, the new phi is put beside psi instead of added.
class PixelLinear final : public PixelStripStep {
  public:
    PixelLinear(const PixelShape& input, ImageShape pixels, LayerWindows windows,
                const PixelWeights& weights, Seed seed);

    void draw() override;
    [[nodiscard]] std::vector<Matrix<float>> strip_room() const override;
    [[nodiscard]] Index strip_room_floats() const override;
    void begin_strips(const PixelFeatures& in, std::vector<Matrix<float>>& room) const override;
    void write_strip(const PixelFeatures& in, const std::vector<Matrix<float>>& room, Index first,
                     MatrixView<float> phi, MatrixView<float> psi) const override;
    [[nodiscard]] double flops() const override;
    [[nodiscard]] Index shared_floats() const override;

  private:
    [[nodiscard]] Index window() const { return static_cast<Index>(windows_.front().size()); }
    [[nodiscard]] bool has_psi() const { return psi_before_ > 0; }
    [[nodiscard]] bool psi_begins() const;
    [[nodiscard]] bool adds_phi() const;
    void write_phi(const Matrix<float>& in, Index pixel, std::span<float> out) const;
    void mix(const PixelFeatures& in, Matrix<float>& mixed) const;
    void write_psi(const Matrix<float>& mixed, Index pixel, std::span<float> out) const;

    LayerWindows windows_;
    PixelWeights weights_;
    Index input_pixels_;
    Index phi_before_;
    Index psi_before_;
    Seed seed_;
    std::vector<float> fold_signs_;
    Matrix<float> window_signs_;  ///< offsets x psi
    std::vector<Index> rotations_;
    std::vector<float> bias_;  ///< what is added to psi
};

}  // namespace sketchntk
