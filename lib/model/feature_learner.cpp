#include "model/extractor_file.hpp"
#include "model/schema_json.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/model/feature_learner.hpp>
#include <sketchntk/model/map_batch.hpp>

#include <algorithm>
#include <utility>

namespace sketchntk {

namespace {

constexpr const char* learner_kind = "feature learner";
constexpr std::uint32_t newest_learner_version = 1;

FeatureMapConfiguration with_images(FeatureMapConfiguration configuration,
                                    const std::vector<Index>& image_shape) {
    if (!image_shape.empty())
        configuration.image.assign(image_shape.begin(), image_shape.end() - 1);
    return configuration;
}

Index positive_weights(const Batch& batch) {
    if (batch.weights.empty()) return batch.rows();
    return std::count_if(batch.weights.begin(), batch.weights.end(),
                         [](double weight) { return weight > 0; });
}

}  // namespace

FeatureLearner::FeatureLearner(Schema schema, const std::vector<Index>& image_shape,
                               FeatureMapConfiguration configuration, bool standardise)
    : schema_(std::move(schema)),
      image_shape_(image_shape),
      configuration_(with_images(std::move(configuration), image_shape)),
      standardise_(standardise),
      standardiser_(standardise ? Standardiser(schema_.input_names(),
                                               image_shape.empty() ? 0 : image_shape.back())
                                : Standardiser::identity(schema_.input_names())),
      sample_(wanted_sample_rows(configuration_), schema_.input_count(),
              configuration_.seed.child(map_sample_rows),
              static_cast<Index>(schema_.targets.size())) {}

void FeatureLearner::add(const Batch& batch, const RowSplit& held_out) {
    if (standardise_) standardiser_.add(batch);
    if (wanted_sample_rows(configuration_) > 0) sample_.add(batch, held_out);
    rows_ += positive_weights(batch);
}

void FeatureLearner::merge(const FeatureLearner& other) {
    if (!(other.configuration_ == configuration_) || other.standardise_ != standardise_ ||
        other.image_shape_ != image_shape_)
        throw InvalidArgument("feature learner: expected one of the same map (" +
                              map_text(configuration_) + ") and images, got one of " +
                              map_text(other.configuration_));
    if (!(other.schema_ == schema_))
        throw DimensionMismatch("feature learner: expected one of the same " +
                                std::to_string(schema_.input_count()) + " columns, got one of " +
                                std::to_string(other.schema_.input_count()));
    if (standardise_) standardiser_.merge(other.standardiser_);
    sample_.merge(other.sample_);
    rows_ += other.rows_;
}

Standardiser FeatureLearner::standardiser() const {
    Standardiser result = standardiser_;
    if (standardise_) result.finish();
    return result;
}

LearntFeatures FeatureLearner::learnt(const Execution& execution) const {
    Standardiser standardiser = this->standardiser();
    FeatureMapConfiguration configuration = configuration_;
    std::optional<MapChoice> choice;
    if (is_automatic(configuration)) {
        choice = choose_feature_map(configuration, standardiser, sample_, execution);
        configuration = choice->configuration;
    }
    MapOfSample of_sample = map_of_sample(configuration, standardiser, sample_, execution);
    return {.extractor = FeatureExtractor(schema_, std::move(standardiser),
                                          std::move(configuration), of_sample.map->learnt()),
            .choice = std::move(choice),
            .lambda_rows = std::move(of_sample.lambda_rows)};
}

std::string FeatureLearner::to_bytes() const {
    const Standardiser::LearningState state =
        standardise_ ? standardiser_.learning_state() : Standardiser::LearningState{};
    const nlohmann::ordered_json header{
        {"schema", schema_json(schema_)},
        {"image_shape", image_shape_},
        {"feature_map", nlohmann::ordered_json::parse(to_json(configuration_))},
        {"standardise", standardise_},
        {"rows", rows_},
        {"weight", state.weight}};
    return container_bytes({.kind = learner_kind,
                            .version = newest_learner_version,
                            .header = header_text(header),
                            .arrays = {{"moments", state.moments}, {"sample", sample_.kept()}}});
}

FeatureLearner FeatureLearner::from_bytes(std::span<const std::byte> bytes) {
    const std::string name = learner_kind;
    const Container container = read_container(name, bytes, name, newest_learner_version);
    return made_from_file(name, [&] {
        const nlohmann::json json = nlohmann::json::parse(container.header);
        FeatureLearner learner(schema_from(json.at("schema")),
                               json.at("image_shape").get<std::vector<Index>>(),
                               feature_map_from_json(json.at("feature_map").dump()),
                               json.at("standardise").get<bool>());
        learner.rows_ = json.at("rows").get<Index>();
        if (learner.standardise_)
            learner.standardiser_ = Standardiser::resumed(
                learner.schema_.input_names(),
                learner.image_shape_.empty() ? 0 : learner.image_shape_.back(),
                {learner.rows_, json.at("weight").get<double>(),
                 container.float64_array("moments")});
        learner.sample_.keep(container.float64_array("sample"));
        return learner;
    });
}

MapOfSample map_of_sample(const FeatureMapConfiguration& configuration,
                          const Standardiser& standardiser, const RowSample& sample,
                          const Execution& execution) {
    const Index wanted = wanted_sample_rows(configuration);
    if (wanted == 0) return {make_feature_map(configuration, standardiser.output_columns()), {}};
    const Batch batch = sample.rows(wanted);
    const Matrix<float> rows = standardiser.apply(batch);
    MapOfSample result{learn_feature_map(configuration, rows, execution), {}};
    result.lambda_rows = rows_not_learnt(rows, batch.targets, batch.weights, result.map->learnt(),
                                         configuration.normalise_rows);
    return result;
}

}  // namespace sketchntk
