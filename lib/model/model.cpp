#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/model.hpp>

#include <algorithm>
#include <string>

namespace sketchntk {

Model::Model(FeatureExtractor extractor, RidgeSolution solution, Index training_rows)
    : extractor_(std::move(extractor)),
      solution_(std::move(solution)),
      training_rows_(training_rows) {
    const Matrix<double>& coefficients = solution_.coefficients;
    if (coefficients.rows() != extractor_.features() ||
        static_cast<Index>(solution_.intercept.size()) != coefficients.columns() ||
        static_cast<Index>(schema().targets.size()) != coefficients.columns())
        throw DimensionMismatch(
            "model: " + std::to_string(extractor_.features()) + " features and " +
            std::to_string(schema().targets.size()) + " targets do not fit coefficients of " +
            std::to_string(coefficients.rows()) + " x " + std::to_string(coefficients.columns()) +
            " and " + std::to_string(solution_.intercept.size()) + " intercepts");
}

Matrix<double> Model::predict(const Batch& batch, const Execution& execution) const {
    return apply_linear_head(solution_, extractor_.transform(batch, execution), execution);
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
