#include <sketchntk/data/float_rows.hpp>
#include <sketchntk/model/map_batch.hpp>

namespace sketchntk {

std::unique_ptr<FeatureMap> map_of_sample(const FeatureMapConfiguration& configuration,
                                          const Standardiser& standardiser, const RowSample& sample,
                                          const Execution& execution) {
    if (wanted_sample_rows(configuration) == 0)
        return make_feature_map(configuration, standardiser.output_columns());
    return learn_feature_map(configuration, standardiser.apply(sample.rows()), execution);
}

Matrix<float> map_batch(const Standardiser& standardiser, const FeatureMap& map, const Batch& batch,
                        const Execution& execution) {
    Matrix<float> features(batch.rows(), map.features());
    if (std::holds_alternative<SparseRows>(batch.inputs) && standardiser.is_identity()) {
        FloatRows(batch).visit([&](const auto& rows) { map.transform(rows, features, execution); });
    } else {
        map.transform(standardiser.apply(batch), features, execution);
    }
    return features;
}

}  // namespace sketchntk
