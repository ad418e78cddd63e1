#include <sketchntk/core/error.hpp>
#include <sketchntk/data/float_rows.hpp>
#include <sketchntk/model/map_batch.hpp>

namespace sketchntk {

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
