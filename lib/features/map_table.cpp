#include "features/map_table.hpp"

#include "core/gathered_rows.hpp"
#include "features/automatic_map.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/automatic_map.hpp>
#include <sketchntk/features/cntk_random_features.hpp>
#include <sketchntk/features/cntk_sketch.hpp>
#include <sketchntk/features/gradient_features.hpp>
#include <sketchntk/features/landmarks.hpp>
#include <sketchntk/features/linear.hpp>
#include <sketchntk/features/ntk_layer_sketch.hpp>
#include <sketchntk/features/ntk_polynomial_sketch.hpp>
#include <sketchntk/features/ntk_random_features.hpp>
#include <sketchntk/features/nystrom.hpp>
#include <sketchntk/features/random_fourier_features.hpp>
#include <sketchntk/features/zonal_features.hpp>

#include <algorithm>

namespace sketchntk {

namespace {

std::unique_ptr<FeatureMap> make_linear(const FeatureMapConfiguration& c, sketches::OptionReader&,
                                        Index inputs, LearntRows) {
    return std::make_unique<LinearFeatures>(c.network, inputs);
}

std::unique_ptr<FeatureMap> make_ntkrf(const FeatureMapConfiguration& c,
                                       sketches::OptionReader& options, Index inputs, LearntRows) {
    return std::make_unique<NtkRandomFeatures>(
        c.network, c.kind, c.features, NtkRandomFeatureOptions::read(options), c.seed, inputs);
}

// Landmarks are chosen among this many rows for each, and at least so many.
constexpr Index sample_rows_per_landmark = 5;
constexpr Index least_sample_rows = 10'000;
constexpr Index most_oversampling = 16;

Matrix<float> one_set(LearntRows learnt) {
    if (learnt.size() > 1)
        throw DimensionMismatch("nystrom: expected one set of landmarks, got " +
                                std::to_string(learnt.size()));
    return learnt.empty() ? Matrix<float>() : std::move(learnt.front());
}

LandmarkRule landmark_rule(sketches::OptionReader& options) {
    return parse_landmark_rule(
        options.word("landmarks", {"kmeans", "uniform", "leverage", "rpcholesky"}));
}

Index landmark_count(sketches::OptionReader& options, Index features) {
    return features * options.integer("oversampling", 1, 1, most_oversampling);
}

std::unique_ptr<FeatureMap> make_nystrom(const FeatureMapConfiguration& c,
                                         sketches::OptionReader& options, Index inputs,
                                         LearntRows learnt) {
    static_cast<void>(landmark_rule(options));
    return std::make_unique<NystromFeatures>(c.network, c.kind, c.features,
                                             landmark_count(options, c.features), inputs,
                                             one_set(std::move(learnt)));
}

Index nystrom_sample_rows(const FeatureMapConfiguration& c, sketches::OptionReader& options) {
    return std::max(least_sample_rows,
                    sample_rows_per_landmark * landmark_count(options, c.features));
}

LearntRows learn_nystrom(const FeatureMapConfiguration& c, sketches::OptionReader& options,
                         MatrixView<const float> sample, const Execution& execution) {
    const std::vector<Index> chosen =
        select_landmarks(landmark_rule(options), c.network, c.kind, sample,
                         landmark_count(options, c.features), c.seed, execution);
    LearntRows learnt;
    learnt.push_back(gathered_rows(sample, chosen));
    return learnt;
}

std::unique_ptr<FeatureMap> make_zonal(const FeatureMapConfiguration& c,
                                       sketches::OptionReader& options, Index inputs, LearntRows) {
    const auto degree = [&](const char* option) {
        const Index value = options.integer(option, -1, 0, highest_zonal_degree);
        return value < 0 ? std::nullopt : std::optional(value);
    };
    ZonalOptions zonal;
    zonal.degrees = {.highest = degree("degree"), .exact = degree("exact")};
    zonal.normalised_rows = c.normalise_rows;
    zonal.directions = parse_direction_law(options.word("directions", {"orthogonal", "sphere"}));
    if (options.word("signs", {"alternating", "equal"}) == "equal") zonal.signs = ZonalSigns::equal;
    return std::make_unique<ZonalFeatures>(c.network, c.kind, c.features, zonal, c.seed, inputs);
}

std::unique_ptr<FeatureMap> make_ntksketch_by_layers(const FeatureMapConfiguration& c,
                                                     sketches::OptionReader& options,
                                                     Index inputs) {
    NtkLayerSketchOptions chosen;
    chosen.degree = options.integer("degree", chosen.degree, 1, 63);
    chosen.taylor = options.word("series", {"fitted", "taylor"}) == "taylor";
    chosen.hidden_width = options.integer("width", chosen.hidden_width, 0, Index{1} << 24);
    return std::make_unique<NtkLayerSketch>(c.network, c.kind, chosen, c.features, c.seed, inputs);
}

std::unique_ptr<FeatureMap> make_ntksketch(const FeatureMapConfiguration& c,
                                           sketches::OptionReader& options, Index inputs,
                                           LearntRows) {
    if (options.word("form", {"kernel", "layers"}) == "layers")
        return make_ntksketch_by_layers(c, options, inputs);
    NtkPolynomialSketchOptions chosen;
    chosen.degree = options.integer("degree", chosen.degree, 1, 64);
    const std::string linear = options.word("linear", {"automatic", "exact", "sketched"});
    if (linear == "exact") chosen.linear = LinearTerm::exact;
    if (linear == "sketched") chosen.linear = LinearTerm::sketched;
    chosen.node_width = options.integer("node_width", chosen.node_width, 0, Index{1} << 24);
    return std::make_unique<NtkPolynomialSketch>(c.network, c.kind, c.normalise_rows, chosen,
                                                 c.features, c.seed, inputs);
}

std::unique_ptr<FeatureMap> make_gradient(const FeatureMapConfiguration& c, sketches::OptionReader&,
                                          Index inputs, LearntRows) {
    if (c.kind != KernelKind::ntk)
        throw InvalidArgument("gradient: its kernel is the NTK; for the NNGP take 'conjugate'");
    return std::make_unique<GradientFeatures>(c.network, c.features, c.seed, inputs);
}

// The last hidden layer of a finite random network, as wide as there are features: NTK random
// features of the NNGP with the network's own Gaussian weights.
std::unique_ptr<FeatureMap> make_conjugate(const FeatureMapConfiguration& c,
                                           sketches::OptionReader&, Index inputs, LearntRows) {
    if (c.kind != KernelKind::nngp)
        throw InvalidArgument("conjugate: its kernel is the NNGP; say --kind nngp");
    return std::make_unique<NtkRandomFeatures>(
        c.network, c.kind, c.features,
        NtkRandomFeatureOptions{.directions = DirectionLaw::gaussian}, c.seed, inputs);
}

template <ShiftInvariantKernel kernel>
std::unique_ptr<FeatureMap> make_fourier(const FeatureMapConfiguration& c,
                                         sketches::OptionReader& options, Index inputs,
                                         LearntRows) {
    return std::make_unique<RandomFourierFeatures>(kernel, options.positive_number("bandwidth", 0),
                                                   c.features, c.seed, inputs);
}

std::unique_ptr<FeatureMap> make_cntkrf(const FeatureMapConfiguration& c,
                                        sketches::OptionReader& options, Index inputs,
                                        LearntRows learnt) {
    return std::make_unique<CntkRandomFeatures>(c, CntkRandomFeatureOptions::read(options), inputs,
                                                std::move(learnt));
}

Index cntkrf_sample_rows(const FeatureMapConfiguration&, sketches::OptionReader& options) {
    return CntkRandomFeatures::wanted_images(CntkRandomFeatureOptions::read(options));
}

LearntRows learn_cntkrf(const FeatureMapConfiguration& c, sketches::OptionReader& options,
                        MatrixView<const float> sample, const Execution& execution) {
    return CntkRandomFeatures::learn(c, CntkRandomFeatureOptions::read(options), sample, execution);
}

std::unique_ptr<FeatureMap> make_cntksketch(const FeatureMapConfiguration& c,
                                            sketches::OptionReader& options, Index inputs,
                                            LearntRows) {
    return std::make_unique<CntkSketch>(c, CntkSketchOptions::read(options), inputs);
}

std::unique_ptr<FeatureMap> make_automatic(const FeatureMapConfiguration& c,
                                           sketches::OptionReader&, Index inputs, LearntRows) {
    return std::make_unique<AutomaticMap>(c, inputs);
}

Index automatic_sample_rows(const FeatureMapConfiguration& c, sketches::OptionReader&) {
    Index most = automatic_comparison_rows(c, c.features);
    for (const FeatureMapConfiguration& candidate : automatic_candidates(c))
        most = std::max(most, wanted_sample_rows(candidate));
    return most;
}

LearntRows learn_automatic(const FeatureMapConfiguration&, sketches::OptionReader&,
                           MatrixView<const float>, const Execution&) {
    throw InvalidArgument("auto: choose_feature_map says which map it stands for");
}

}  // namespace

const std::map<std::string, MapEntry>& map_table() {
    static const std::map<std::string, MapEntry> all{
        {"auto",
         {.make = make_automatic, .sample_rows = automatic_sample_rows, .learn = learn_automatic}},
        {"cntkrf", {.make = make_cntkrf, .sample_rows = cntkrf_sample_rows, .learn = learn_cntkrf}},
        {"cntksketch", {.make = make_cntksketch}},
        {"conjugate", {.make = make_conjugate}},
        {"gradient", {.make = make_gradient}},
        {"linear", {.make = make_linear}},
        {"rff-gauss", {.make = make_fourier<ShiftInvariantKernel::gauss>}},
        {"rff-laplace", {.make = make_fourier<ShiftInvariantKernel::laplace>}},
        {"ntkrf", {.make = make_ntkrf}},
        {"nystrom",
         {.make = make_nystrom, .sample_rows = nystrom_sample_rows, .learn = learn_nystrom}},
        {"zonal", {.make = make_zonal}},
        {"ntksketch", {.make = make_ntksketch}},
    };
    return all;
}

}  // namespace sketchntk
