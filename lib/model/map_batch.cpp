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

std::unique_ptr<FeatureMap> map_of_sample(const FeatureMapConfiguration& configuration,
                                          const Standardiser& standardiser, const RowSample& sample,
                                          const Execution& execution) {
    const Index wanted = wanted_sample_rows(configuration);
    if (wanted == 0) return make_feature_map(configuration, standardiser.output_columns());
    return learn_feature_map(configuration, standardiser.apply(sample.rows(wanted)), execution);
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
    if (std::holds_alternative<SparseRows>(batch.inputs) && standardiser.is_identity()) {
        FloatRows(batch).visit([&](const auto& rows) { map.transform(rows, features, execution); });
    } else {
        map.transform(standardiser.apply(batch), features, execution);
    }
}

}  // namespace sketchntk
