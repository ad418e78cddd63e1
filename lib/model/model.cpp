#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/map_batch.hpp>
#include <sketchntk/model/model.hpp>

#include <algorithm>
#include <string>

namespace sketchntk {

Model::Model(ModelParts parts) : parts_(std::move(parts)) {
    map_ =
        make_feature_map(parts_.feature_map, parts_.standardiser.output_columns(), parts_.learnt);
    const Matrix<double>& coefficients = parts_.solution.coefficients;
    if (coefficients.rows() != map_->features() ||
        static_cast<Index>(parts_.solution.intercept.size()) != coefficients.columns() ||
        static_cast<Index>(parts_.schema.targets.size()) != coefficients.columns() ||
        parts_.schema.input_count() != parts_.standardiser.input_columns())
        throw DimensionMismatch(
            "model: " + std::to_string(map_->features()) + " features, " +
            std::to_string(parts_.schema.targets.size()) + " targets and " +
            std::to_string(parts_.schema.input_count()) + " inputs do not fit coefficients of " +
            std::to_string(coefficients.rows()) + " x " + std::to_string(coefficients.columns()) +
            ", " + std::to_string(parts_.solution.intercept.size()) + " intercepts and " +
            std::to_string(parts_.standardiser.input_columns()) + " standardised columns");
}

Matrix<double> Model::predict(const Batch& batch, const Execution& execution) const {
    return apply_linear_head(parts_.solution,
                             map_batch(parts_.standardiser, *map_, batch, execution), execution);
}

void expect_same_images(const ImageShape& fitted, const RowReader& rows) {
    const ImageShape pixels = rows.image_pixels();
    if (fitted.empty() || pixels.empty() || pixels == fitted) return;
    throw DimensionMismatch("the rows are images of " + to_text(pixels) +
                            " pixels, those of the fit are images of " + to_text(fitted));
}

Matrix<double> apply_linear_head(const RidgeSolution& solution, MatrixView<const float> features,
                                 const Execution& execution) {
    use_blas_on_one_thread();
    const Index targets = solution.coefficients.columns();
    const auto coefficients = as_eigen(solution.coefficients);
    Matrix<double> result(features.rows(), targets);
    constexpr Index rows_at_once = 64;
    const Index pieces = (features.rows() + rows_at_once - 1) / rows_at_once;
    parallel_for(execution, pieces, [&](Index piece) {
        const Index end = std::min((piece + 1) * rows_at_once, features.rows());
        for (Index i = piece * rows_at_once; i < end; ++i) {
            // Row by row, so that each row is summed in the same order wherever it stands.
            const Eigen::VectorXd row = as_eigen(features).row(i).template cast<double>();
            const Eigen::VectorXd products = coefficients.transpose() * row;
            for (Index t = 0; t < targets; ++t)
                result(i, t) = products[t] + solution.intercept[static_cast<std::size_t>(t)];
        }
    });
    return result;
}

}  // namespace sketchntk
