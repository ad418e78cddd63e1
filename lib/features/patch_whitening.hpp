#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// What an activation does to the patches that enter it before it multiplies them with directions:
/// contrast normalisation, (x - mean(x)) / sqrt(var(x) + c) over the coordinates of a patch, then
/// regularised whitening, z = (Lambda + epsilon)^(-1/2) V^T (x - m), with mean m, and the leading
/// eigenvectors V of the patches' covariance (Coates, Lee and Ng 2011).
struct PatchWhitening {
    bool contrast = false;
    float contrast_floor = 0;  ///< c
    Matrix<float> projection;  ///< rank x dimension; empty: patches are not whitened
    Matrix<float> shift;       ///< 1 x rank: the projection of the mean

    [[nodiscard]] bool is_identity() const { return !contrast && projection.empty(); }

    /// The contrast of a patch, in place.
    void normalise(std::span<float> patch) const;
};

/// How a whitening is learnt.
struct PatchWhiteningRule {
    double contrast = 0;   ///< c over the mean variance of a patch; 0: contrast is left alone
    double whitening = 0;  ///< epsilon over the mean eigenvalue; 0: no whitening
    Index rank = 0;        ///< at most so many eigenvectors
};

/// Learns it from patches, and normalises their contrast and, where they are whitened, subtracts
/// their mean in place.
[[nodiscard]] PatchWhitening learn_patch_whitening(Matrix<float>& patches,
                                                   const PatchWhiteningRule& rule,
                                                   const Execution& execution);

/// Unit vectors along patches evenly spread over the rows, as `learn_patch_whitening` left them,
/// whitened; patches that are (nearly) zero are passed over. @throws InvalidArgument if there are
/// fewer others than `count`.
[[nodiscard]] Matrix<float> patch_directions(const Matrix<float>& patches,
                                             const PatchWhitening& whitening, Index count,
                                             const Execution& execution);

}  // namespace sketchntk
