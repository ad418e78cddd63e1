#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <mutex>

namespace sketchntk {

class PixelChain;

/// What the published sketch leaves open.
struct CntkSketchOptions {
    Index degree = 2;     ///< of the polynomials of kappa1 and kappa0, 1 to 63
    bool taylor = false;  ///< Taylor's polynomials of the theory, instead of fitted ones
    /// Features of phi, and of psi, behind each activation but the last; 0: as many as both have of
    /// a pixel behind the last one.
    Index width = 0;

    /// `cntksketch(degree=..., series=fitted|taylor, width=...)`.
    [[nodiscard]] static CntkSketchOptions read(sketches::OptionReader& options);

    bool operator==(const CntkSketchOptions&) const = default;
};

/// CNTKSketch (Zandieh et al. 2021, section 5) of convolutional ReLU networks, linear in the number
/// of pixels: the published map with which `CntkRandomFeatures` is compared. It serves the same
/// networks.
///
/// Every pixel carries phi and psi as there. From phi = x / sqrt(channels), with polynomials p1 and
/// p0 near kappa1 and kappa0 whose coefficients are >= 0, and u = phi / |phi|:
///
///     conv    phi <- [w phi(i + a) / sqrt(F) for all offsets a, b]
///             psi <- SRHT [w psi(i + a) / sqrt(F) for all offsets a; the new phi if trained]
///     relu    phi <- |phi| S(u) / sqrt(2),     E <S(u), S(v)> = p1(<u, v>)
///             psi <- T(u, psi) / sqrt(2),      E <T(u, s), T(v, t)> = p0(<u, v>) <s, t>
///     pools   means over pixels, which features and kernels have in common
///     flatten all pixels side by side, over the root of their number
///
/// S is a `sketches::PolynomialSketch`, T a `sketches::PolynomialProductSketch`, the SRHT a
/// `sketches::FourierSrht`, which is left out where psi is short enough. Between activations phi is
/// scaled to the length that it ought to have, that of the phi before over sqrt(2). Branches of
/// residual sums stand side by side. What the paper fixes is more general here: any filter, padding
/// and bias, average pools in between, and first and last layers that are trained, where phi is put
/// beside the last psi.
///
/// With one activation the expectation of <z(x), z(y)> is the kernel with p1 and p0 for kappa1 and
/// kappa0; with more it is that, with p1 / p1(1) between activations, up to an error that falls
/// with the width. The polynomials' own error stays for any number of features: it is largest on
/// the diagonal, where p1(1) and p0(1) are below 1.
///
/// Features wanted are divided as by `CntkRandomFeatures`.
///
/// Cost of an image: for each pixel and activation a PolynomialSketch and a PolynomialProductSketch
/// of patches of dimension D = F width + 1, O(degree D log D), and for each convolution a Fourier
/// transform of 2 D numbers. Memory for a thread: the features of all pixels behind each layer.
class CntkSketch final : public FeatureMap {
  public:
    /// @param configuration network, kind, image, features and seed are looked at
    /// @param inputs columns of a row: pixels with their channels
    /// @throws InvalidArgument if the rows are no images, the network does not fit them, a layer
    ///   cannot be served (it is named), features are too few, or an option is out of range.
    CntkSketch(const FeatureMapConfiguration& configuration, const CntkSketchOptions& options,
               Index inputs);
    ~CntkSketch() override;

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return features_; }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] double flops_per_row() const override;

  private:
    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;

    ImageShape image_;
    KernelKind kind_;
    Index inputs_;
    std::unique_ptr<PixelChain> chain_;
    Index features_;
    mutable std::once_flag draw_once_;
};

}  // namespace sketchntk
