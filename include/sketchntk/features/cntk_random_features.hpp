#pragma once

#include <sketchntk/features/direction_law.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <mutex>
#include <optional>

namespace sketchntk {

class PixelChain;
class PixelLearner;

/// What the construction leaves open.
struct CntkRandomFeatureOptions {
    /// The law of the directions; none: along patches of the data, as they enter each activation.
    std::optional<DirectionLaw> directions = DirectionLaw::automatic;
    /// Features of phi behind each activation but the last; 0: a quarter of all of a pixel's behind
    /// the last activation, from 256 (or all of these, where they are fewer) to 2,048; along
    /// patches 256.
    Index width = 0;
    /// Leading directions of what enters each layer that are learnt and treated apart, at most; 0:
    /// none, and nothing is learnt.
    Index leading = 64;
    /// Contrast normalisation of the patches that enter the first activation: what is added to
    /// their variance, over its mean; 0 for none.
    double contrast = 0;
    /// Whitening of the patches that enter the first activation, and the others: what is added to
    /// the eigenvalues of their covariance, over the mean one; 0 for none.
    double whiten = 0;
    double hidden_whiten = 0;
    /// Eigenvectors that whitening keeps of the patches that enter the first activation, and the
    /// others.
    Index rank = 64;
    Index hidden_rank = 256;
    /// The mean of the features of an image and of its mirror image (the last axis reversed).
    bool flip = false;

    /// `cntkrf(directions=..., width=..., leading=..., contrast=..., whiten=..., hidden_whiten=...,
    /// rank=..., hidden_rank=..., flip=...)`.
    [[nodiscard]] static CntkRandomFeatureOptions read(sketches::OptionReader& options);

    /// Whether the kernel is another one than the network's because it follows the data.
    [[nodiscard]] bool follows_data() const {
        return !directions || contrast > 0 || whiten > 0 || hidden_whiten > 0;
    }
    /// Whether anything is learnt from data.
    [[nodiscard]] bool learns() const { return leading > 0 || follows_data(); }

    bool operator==(const CntkRandomFeatureOptions&) const = default;
};

/// Random features of convolutional ReLU networks, linear in the number of pixels: for the NNGP and
/// the NTK of any network of dense layers, convolutions, ReLU, average pools, flatten and residual
/// sums, with biases and frozen layers.
///
/// Every pixel carries phi, which stands for the covariances of the layers' outputs, and psi, which
/// stands for those of their gradients. From phi = x / sqrt(channels):
///
///     conv    phi <- [w phi(i + a) / sqrt(F) for all offsets a, b]
///             psi <- w / sqrt(F) sum_a s_a o psi(i + a), signs s_a;  + phi if trained
///     relu    phi <- max(<v_k, phi>, 0) / sqrt(r), k = 1, ..., r
///             psi_k <- psi_k [<w_k, phi> > 0], a direction w_k for each coordinate
///     pools   means over pixels, which features and kernels have in common
///     flatten all pixels side by side, over the root of their number
///
/// where "+ phi" is a sum with random signs that keeps the dimension of psi; behind the last
/// activation it is put beside psi instead. No layer multiplies tensors, so that psi costs what phi
/// does. With phi of the layer before held fixed, expectations of <phi, phi'> and <psi, psi'>
/// follow the recursion of `TensorKernel`: exactly for one activation, with a bias of order 1 /
/// width beyond, as in `NtkRandomFeatures`. The NNGP is carried by phi alone.
///
/// Directions come in pairs v, -v. What leads the patches that enter a layer, nearly the same for
/// all images, is learnt from a sample of images and treated apart, so that it is not sampled at
/// random: it gets complete orthogonal systems of directions (`PixelDirections`), and in sums with
/// random signs coordinates of its own (`LeadingFold`). That changes no mean; by how much it lowers
/// the error: docs/cntk-features.md.
///
/// What serves prediction better than it serves the kernel (docs/cntk-features.md): directions
/// along patches of the data, of patches with contrast normalised and whitened (the first layer of
/// Coates, Lee and Ng 2011, behind which a network's kernel is another one: that of the network on
/// whitened patches), and mirrored images. What is learnt comes from a sample of images; patches of
/// each activation in turn, those before being learnt already.
///
/// The features wanted are divided by the pixels that flatten puts side by side and by the two
/// kinds: half of them psi, where layers before the last activation are trained. `features()` is
/// the largest number not above that.
///
/// Cost of an image: for each activation of q pixels with patches of dimension D, q D (r + dim psi)
/// flops in products with pairs of directions, O(log D) instead of D for structured ones, and 2 q D
/// `leading` beside; along patches twice as many, D being the rank behind whitening. Memory for a
/// thread: the features of all pixels behind each layer; of those right before an activation only a
/// strip.
class CntkRandomFeatures final : public FeatureMap {
  public:
    /// @param configuration network, kind, image, features and seed are looked at
    /// @param inputs columns of a row: pixels with their channels
    /// @param learnt what `learn` has given; empty for a map that learns nothing, or is only asked
    ///   for its size
    /// @throws InvalidArgument if the rows are no images, the network does not fit them, a layer
    ///   cannot be served (it is named), or features are too few; DimensionMismatch if what was
    ///   learnt does not fit.
    CntkRandomFeatures(const FeatureMapConfiguration& configuration,
                       const CntkRandomFeatureOptions& options, Index inputs, LearntRows learnt);
    ~CntkRandomFeatures() override;

    /// Images from which such a map learns; 0 if it does not.
    [[nodiscard]] static Index wanted_images(const CntkRandomFeatureOptions& options);
    /// @throws as the constructor; InvalidArgument if the sample has too few patches.
    [[nodiscard]] static LearntRows learn(const FeatureMapConfiguration& configuration,
                                          const CntkRandomFeatureOptions& options,
                                          MatrixView<const float> sample,
                                          const Execution& execution);

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return features_; }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] std::int64_t learning_bytes() const override;
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] LearntRows learnt() const override { return learnt_; }
    [[nodiscard]] bool approximates_network_kernel() const override;

  private:
    class ImageMapper;

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    [[nodiscard]] std::vector<PixelLearner*> learners() const;
    void set_learnt(LearntRows learnt);
    [[nodiscard]] Matrix<float> samples(const PixelLearner& learner, MatrixView<const float> images,
                                        const Execution& execution) const;
    void draw() const;

    ImageShape image_;
    KernelKind kind_;
    CntkRandomFeatureOptions options_;
    Index inputs_;
    Seed seed_;
    Index features_ = 0;
    LearntRows learnt_;
    std::unique_ptr<PixelChain> chain_;
    mutable std::once_flag draw_once_;
};

}  // namespace sketchntk
