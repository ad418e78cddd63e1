#include "core/parallel.hpp"
#include "features/nonnegative_polynomial.hpp"
#include "features/pixel_images.hpp"
#include "features/pixel_network.hpp"
#include "features/pixel_sketched_activation.hpp"
#include "features/pixel_sketched_linear.hpp"

#include <sketchntk/features/cntk_sketch.hpp>

#include <algorithm>

namespace sketchntk {

namespace {

class SketchedPixels final : public PixelMethod {
  public:
    explicit SketchedPixels(const CntkSketchOptions& options)
        : width_(options.width), polynomials_(polynomials(options)) {}

    [[nodiscard]] const char* name() const override { return "cntksketch"; }
    [[nodiscard]] Index hidden_width(Index last) const override {
        return width_ > 0 ? width_ : last;
    }
    [[nodiscard]] bool compresses_psi() const override { return true; }

    [[nodiscard]] std::unique_ptr<PixelStep> activation(PixelActivationPlace place,
                                                        Seed seed) const override {
        return std::make_unique<PixelSketchedActivation>(std::move(place), polynomials_, seed);
    }

    [[nodiscard]] std::unique_ptr<PixelStep> linear(const PixelShape& input, ImageShape pixels,
                                                    LayerWindows windows,
                                                    const PixelWeights& weights,
                                                    Seed seed) const override {
        return std::make_unique<PixelSketchedLinear>(input, std::move(pixels), std::move(windows),
                                                     weights, seed);
    }

  private:
    // The published code weights one family of sketches for both, so that both have one degree.
    static ActivationPolynomials polynomials(const CntkSketchOptions& options) {
        if (options.taylor)
            return {arc_cosine_1_taylor(options.degree), arc_cosine_0_taylor(options.degree)};
        return {nonnegative_polynomial(arc_cosine_1, options.degree),
                nonnegative_polynomial(arc_cosine_0, options.degree)};
    }

    Index width_;
    ActivationPolynomials polynomials_;
};

}  // namespace

CntkSketchOptions CntkSketchOptions::read(sketches::OptionReader& reader) {
    CntkSketchOptions options;
    options.degree = reader.integer("degree", options.degree, 1, 63);
    options.taylor = reader.word("series", {"fitted", "taylor"}) == "taylor";
    options.width = reader.integer("width", options.width, 1, Index{1} << 20);
    return options;
}

CntkSketch::CntkSketch(const FeatureMapConfiguration& configuration,
                       const CntkSketchOptions& options, Index inputs)
    : image_(configuration.image),
      kind_(configuration.kind),
      inputs_(inputs),
      chain_(std::make_unique<PixelChain>(
          pixel_network(configuration, SketchedPixels(options),
                        image_channels("cntksketch", configuration.image, inputs)))),
      features_(kind_ == KernelKind::ntk ? chain_->output().psi : chain_->output().phi) {}

CntkSketch::~CntkSketch() = default;

void CntkSketch::map_rows(MatrixView<const float> x, MatrixView<float> out,
                          const Execution& execution) const {
    std::call_once(draw_once_, [this] { chain_->draw(); });
    const Index shares = std::min<Index>(thread_count(execution), x.rows());
    parallel_for(execution, shares, [&](Index share) {
        PixelFeatures input({image_, inputs_ / pixel_count(image_), 0});
        PixelChain::Memory memory = chain_->memory();
        for (Index i = share; i < x.rows(); i += shares) {
            read_pixels(x.row(i), image_.back(), false, input.phi);
            const PixelFeatures& end = chain_->run(input, memory);
            const std::span<const float> row =
                (kind_ == KernelKind::ntk ? end.psi : end.phi).row(0);
            std::copy(row.begin(), row.end(), out.row(i).begin());
        }
    });
}

std::int64_t CntkSketch::bytes(int threads) const {
    return static_cast<std::int64_t>(sizeof(float)) *
           (chain_->shared_floats() + threads * (inputs_ + chain_->memory_floats()));
}

double CntkSketch::flops_per_row() const {
    return chain_->flops();
}

}  // namespace sketchntk
