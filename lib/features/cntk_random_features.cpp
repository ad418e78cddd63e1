#include "core/blas.hpp"
#include "core/parallel.hpp"
#include "features/pixel_activation.hpp"
#include "features/pixel_images.hpp"
#include "features/pixel_network.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/cntk_random_features.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace sketchntk {

namespace {

// Directions and covariances come from patches of this many images; where only leading directions
// are learnt, fewer do.
constexpr Index learning_images = 2000;
constexpr Index leading_learning_images = 500;

constexpr std::uint32_t patch_stream = 0x70617463;

class RandomPixels final : public PixelMethod {
  public:
    explicit RandomPixels(const CntkRandomFeatureOptions& options) : options_(options) {}

    [[nodiscard]] const char* name() const override { return "cntkrf"; }
    [[nodiscard]] Index hidden_width(Index last) const override {
        if (options_.width > 0) return options_.width;
        // Along patches the products are dense, and a wide layer costs too much.
        const Index grown = options_.directions
                                ? std::clamp(last / 4, default_width, most_by_default)
                                : default_width;
        return std::min(last, grown);
    }
    [[nodiscard]] bool compresses_psi() const override { return false; }

    [[nodiscard]] std::unique_ptr<PixelStep> activation(PixelActivationPlace place,
                                                        Seed seed) const override {
        PixelActivationRule rule;
        rule.law = options_.directions;
        rule.relu = place.phi;
        rule.leading = options_.leading;
        if (place.first) rule.whitening.contrast = options_.contrast;
        rule.whitening.whitening = place.first ? options_.whiten : options_.hidden_whiten;
        rule.whitening.rank = place.first ? options_.rank : options_.hidden_rank;
        return std::make_unique<PixelActivation>(place.input, std::move(place.before),
                                                 std::move(place.pooling), rule, seed);
    }

    [[nodiscard]] std::unique_ptr<PixelStep> linear(const PixelShape& input, ImageShape pixels,
                                                    LayerWindows windows,
                                                    const PixelWeights& weights,
                                                    Seed seed) const override {
        return std::make_unique<PixelLinear>(input, std::move(pixels), std::move(windows), weights,
                                             options_.leading, seed);
    }

  private:
    static constexpr Index default_width = 256;
    static constexpr Index most_by_default = 2048;

    const CntkRandomFeatureOptions& options_;
};

}  // namespace

CntkRandomFeatureOptions CntkRandomFeatureOptions::read(sketches::OptionReader& reader) {
    CntkRandomFeatureOptions options;
    std::vector<std::string> laws = direction_law_names();
    laws.push_back("patches");
    const std::string law = reader.word("directions", laws);
    options.directions = law == "patches" ? std::nullopt : std::optional(parse_direction_law(law));
    constexpr Index most = Index{1} << 20;
    options.width = reader.integer("width", options.width, 1, most);
    options.leading = reader.integer("leading", options.leading, 0, most);
    options.contrast = reader.positive_number("contrast", options.contrast);
    options.whiten = reader.positive_number("whiten", options.whiten);
    options.hidden_whiten = reader.positive_number("hidden_whiten", options.hidden_whiten);
    options.rank = reader.integer("rank", options.rank, 1, most);
    options.hidden_rank = reader.integer("hidden_rank", options.hidden_rank, 1, most);
    options.flip = reader.word("flip", {"no", "yes"}) == "yes";
    return options;
}

CntkRandomFeatures::CntkRandomFeatures(const FeatureMapConfiguration& configuration,
                                       const CntkRandomFeatureOptions& options, Index inputs,
                                       LearntRows learnt)
    : image_(configuration.image),
      kind_(configuration.kind),
      options_(options),
      inputs_(inputs),
      seed_(configuration.seed),
      chain_(std::make_unique<PixelChain>(
          pixel_network(configuration, RandomPixels(options),
                        image_channels("cntkrf", configuration.image, inputs)))) {
    const PixelShape& end = chain_->output();
    features_ = kind_ == KernelKind::ntk ? end.psi : end.phi;
    if (!learnt.empty()) set_learnt(std::move(learnt));
}

CntkRandomFeatures::~CntkRandomFeatures() = default;

std::vector<PixelLearner*> CntkRandomFeatures::learners() const {
    std::vector<PixelLearner*> found;
    chain_->for_each_learner([&](PixelLearner& learner) {
        if (learner.learns()) found.push_back(&learner);
    });
    return found;
}

void CntkRandomFeatures::set_learnt(LearntRows learnt) {
    const std::vector<PixelLearner*> all = learners();
    std::size_t expected = 0;
    for (const PixelLearner* learner : all) expected += learner->learnt_matrices();
    if (learnt.size() != expected)
        throw DimensionMismatch("cntkrf: expected " + std::to_string(expected) +
                                " learnt matrices, got " + std::to_string(learnt.size()));
    std::span<const Matrix<float>> rest = learnt;
    for (PixelLearner* learner : all) {
        learner->set_learnt(rest.first(learner->learnt_matrices()));
        rest = rest.subspan(learner->learnt_matrices());
    }
    learnt_ = std::move(learnt);
}

void CntkRandomFeatures::draw() const {
    std::call_once(draw_once_, [this] {
        use_blas_on_one_thread();
        for (const PixelLearner* learner : learners())
            if (!learner->ready())
                throw InvalidArgument("cntkrf: the map has not learnt from data yet");
        chain_->draw();
    });
}

/// Takes images through the layers, one after the other.
class CntkRandomFeatures::ImageMapper {
  public:
    explicit ImageMapper(const CntkRandomFeatures& map)
        : map_(map),
          input_({map.image_, map.inputs_ / pixel_count(map.image_), 0}),
          memory_(map.chain_->memory()) {}

    void map(std::span<const float> image, std::span<float> out) {
        read(image, false);
        const std::span<const float> features = last_row(map_.chain_->run(input_, memory_));
        std::copy(features.begin(), features.end(), out.begin());
        if (!map_.options_.flip) return;
        read(image, true);
        const std::span<const float> mirrored = last_row(map_.chain_->run(input_, memory_));
        for (std::size_t k = 0; k < out.size(); ++k) out[k] = (out[k] + mirrored[k]) / 2;
    }

    /// Samples for `learner`, at random pixels of the image.
    void sample(const PixelLearner& learner, std::span<const float> image,
                const RandomStream& stream, Index number, MatrixView<float> out) {
        read(image, false);
        const PixelFeatures* entering = map_.chain_->entering(learner, input_, memory_);
        for (Index k = 0; k < out.rows(); ++k)
            learner.write_sample(
                *entering, stream.uniform_index(number, k, learner.sample_pixels()), out.row(k));
    }

  private:
    void read(std::span<const float> image, bool mirrored) {
        read_pixels(image, map_.image_.back(), mirrored, input_.phi);
    }

    [[nodiscard]] std::span<const float> last_row(const PixelFeatures& end) const {
        return (map_.kind_ == KernelKind::ntk ? end.psi : end.phi).row(0);
    }

    const CntkRandomFeatures& map_;
    PixelFeatures input_;
    PixelChain::Memory memory_;
};

void CntkRandomFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                                  const Execution& execution) const {
    draw();
    const Index shares = std::min<Index>(thread_count(execution), x.rows());
    parallel_for(execution, shares, [&](Index share) {
        ImageMapper mapper(*this);
        for (Index i = share; i < x.rows(); i += shares) mapper.map(x.row(i), out.row(i));
    });
}

Matrix<float> CntkRandomFeatures::samples(const PixelLearner& learner,
                                          MatrixView<const float> images,
                                          const Execution& execution) const {
    const Index of_an_image = (learner.wanted_samples() + images.rows() - 1) / images.rows();
    const Index from_each = std::min(of_an_image, learner.sample_pixels());
    Matrix<float> samples(images.rows() * from_each, learner.sample_columns());
    const RandomStream stream(seed_, patch_stream);
    const Index shares = std::min<Index>(thread_count(execution), images.rows());
    parallel_for(execution, shares, [&](Index share) {
        ImageMapper mapper(*this);
        for (Index i = share; i < images.rows(); i += shares)
            mapper.sample(learner, images.row(i), stream, i,
                          samples.view().middle_rows(i * from_each, from_each));
    });
    return samples;
}

Index CntkRandomFeatures::wanted_images(const CntkRandomFeatureOptions& options) {
    if (options.follows_data()) return learning_images;
    return options.learns() ? leading_learning_images : 0;
}

LearntRows CntkRandomFeatures::learn(const FeatureMapConfiguration& configuration,
                                     const CntkRandomFeatureOptions& options,
                                     MatrixView<const float> sample, const Execution& execution) {
    LearntRows learnt;
    if (!options.learns()) return learnt;
    use_blas_on_one_thread();
    CntkRandomFeatures map(configuration, options, sample.columns(), {});
    map.chain_->draw();
    for (PixelLearner* learner : map.learners()) {
        std::vector<Matrix<float>> found =
            learner->learn(map.samples(*learner, sample, execution), execution);
        learner->set_learnt(found);
        map.chain_->draw();
        std::move(found.begin(), found.end(), std::back_inserter(learnt));
    }
    return learnt;
}

std::int64_t CntkRandomFeatures::bytes(int threads) const {
    return static_cast<std::int64_t>(sizeof(float)) *
           (chain_->shared_floats() + threads * (inputs_ + chain_->memory_floats()));
}

std::int64_t CntkRandomFeatures::learning_bytes() const {
    Index most = 0;
    for (const PixelLearner* learner : learners())
        most = std::max(most, learner->learning_floats(thread_count({})));
    return static_cast<std::int64_t>(sizeof(float)) * most;
}

double CntkRandomFeatures::flops_per_row() const {
    return (options_.flip ? 2 : 1) * chain_->flops();
}

bool CntkRandomFeatures::approximates_network_kernel() const {
    return !options_.follows_data() && !options_.flip;
}

}  // namespace sketchntk
