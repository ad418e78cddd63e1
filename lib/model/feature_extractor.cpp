#include <sketchntk/core/error.hpp>
#include <sketchntk/model/feature_extractor.hpp>
#include <sketchntk/model/map_batch.hpp>

#include <string>
#include <utility>

namespace sketchntk {

FeatureExtractor::FeatureExtractor(Schema schema, Standardiser standardiser,
                                   FeatureMapConfiguration configuration, LearntRows learnt)
    : schema_(std::move(schema)),
      standardiser_(std::move(standardiser)),
      configuration_(std::move(configuration)),
      learnt_(std::move(learnt)) {
    if (schema_.input_count() != standardiser_.input_columns())
        throw DimensionMismatch(
            "feature extractor: " + std::to_string(schema_.input_count()) + " inputs do not fit " +
            std::to_string(standardiser_.input_columns()) + " standardised columns");
    map_ = make_feature_map(configuration_, standardiser_.output_columns(), learnt_);
}

Matrix<float> FeatureExtractor::transform(const Batch& batch, const Execution& execution) const {
    return map_batch(standardiser_, *map_, batch, execution);
}

void FeatureExtractor::transform(const Batch& batch, MatrixView<float> features,
                                 const Execution& execution) const {
    map_batch(standardiser_, *map_, batch, features, execution);
}

}  // namespace sketchntk
