#include <sketchntk/data/float_rows.hpp>
#include <sketchntk/model/map_batch.hpp>

namespace sketchntk {

MapChoice choose_feature_map(const FeatureMapConfiguration& configuration,
                             const Standardiser& standardiser, const RowSample& sample,
                             const Execution& execution) {
    const Batch rows =
        sample.rows(automatic_comparison_rows(configuration, configuration.features));
    return choose_feature_map(automatic_candidates(configuration), standardiser.apply(rows),
                              rows.targets, automatic_compared_features(configuration), execution);
}

Matrix<float> map_batch(const Standardiser& standardiser, const FeatureMap& map, const Batch& batch,
                        const Execution& execution) {
    Matrix<float> features;
    map_batch(standardiser, map, batch, features, execution);
    return features;
}

void map_batch(const Standardiser& standardiser, const FeatureMap& map, const Batch& batch,
               Matrix<float>& features, const Execution& execution) {
    if (features.columns() != map.features()) features = Matrix<float>(0, map.features());
    features.resize_rows(batch.rows());
    map_batch(standardiser, map, batch, features.view(), execution);
}

void map_batch(const Standardiser& standardiser, const FeatureMap& map, const Batch& batch,
               MatrixView<float> features, const Execution& execution) {
    if (std::holds_alternative<SparseRows>(batch.inputs) && standardiser.is_identity()) {
        FloatRows(batch).visit([&](const auto& rows) { map.transform(rows, features, execution); });
    } else {
        map.transform(standardiser.apply(batch), features, execution);
    }
}

}  // namespace sketchntk
