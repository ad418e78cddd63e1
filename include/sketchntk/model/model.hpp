#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/batch.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <memory>
#include <string>

namespace sketchntk {

/// Everything that a fitted model is, as values: what the columns mean, how rows are standardised,
/// how they are mapped (configuration, seed and what was learnt, never the random matrices) and the
/// linear head.
struct ModelParts {
    Schema schema;
    Standardiser standardiser;
    FeatureMapConfiguration feature_map;
    LearntRows learnt;  ///< what the map learnt from data
    RidgeSolution solution;
    Index training_rows = 0;
};

/// A fitted model that predicts. Prediction is a pure function of the parts and the row: the same
/// bits from a loaded model, for any number of threads and any division into batches.
class Model {
  public:
    /// @throws DimensionMismatch if the parts do not fit each other; what `make_feature_map`
    /// throws.
    explicit Model(ModelParts parts);

    /// Predictions for the rows of a batch whose columns are those of `schema()`: rows x targets,
    /// in the units of the targets. Time: that of the feature map and 2 m t flops a row.
    /// @throws DimensionMismatch for another number of columns; what `map_batch` throws.
    [[nodiscard]] Matrix<double> predict(const Batch& batch, const Execution& execution = {}) const;

    [[nodiscard]] const ModelParts& parts() const { return parts_; }
    [[nodiscard]] const Schema& schema() const { return parts_.schema; }
    [[nodiscard]] const FeatureMap& feature_map() const { return *map_; }
    [[nodiscard]] Index target_count() const { return parts_.solution.coefficients.columns(); }

    /// Writes a container of kind "model": some kilobytes of description, the coefficients, and
    /// what the map learnt.
    /// @throws IoError; InvalidArgument if a column name is not valid UTF-8.
    void save(const std::string& path) const;
    /// @throws IoError, and FormatError for a file that is not a model, damaged, or newer than this
    ///   build reads.
    [[nodiscard]] static Model load(const std::string& path);

  private:
    ModelParts parts_;
    std::unique_ptr<FeatureMap> map_;
};

/// @param fitted pixels of the images of a fit (`FeatureMapConfiguration::image`); empty for others
/// @throws DimensionMismatch if the rows are images of other pixels, which may have as many
/// columns.
void expect_same_images(const ImageShape& fitted, const RowReader& rows);

/// features times coefficients plus intercept: rows x targets. A row's result does not depend on
/// the rows beside it.
[[nodiscard]] Matrix<double> apply_linear_head(const RidgeSolution& solution,
                                               MatrixView<const float> features,
                                               const Execution& execution = {});

}  // namespace sketchntk
