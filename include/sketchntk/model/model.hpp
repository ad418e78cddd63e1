#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/batch.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/model/feature_extractor.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace sketchntk {

/// A fitted model that predicts: features and a linear head. Prediction is a pure function of these
/// and the row: the same bits from a loaded model, for any number of threads and any division into
/// batches.
class Model {
  public:
    /// @throws DimensionMismatch if the head does not fit the features and the schema's targets.
    Model(FeatureExtractor extractor, RidgeSolution solution, Index training_rows);

    /// Predictions for the rows of a batch whose columns are those of `schema()`: rows x targets,
    /// in the units of the targets. Time: that of the feature map and 2 m t flops a row.
    /// @throws DimensionMismatch for another number of columns; what `map_batch` throws.
    [[nodiscard]] Matrix<double> predict(const Batch& batch, const Execution& execution = {}) const;

    [[nodiscard]] const FeatureExtractor& extractor() const { return extractor_; }
    [[nodiscard]] const RidgeSolution& solution() const { return solution_; }
    [[nodiscard]] Index training_rows() const { return training_rows_; }
    [[nodiscard]] const Schema& schema() const { return extractor_.schema(); }
    [[nodiscard]] const FeatureMap& feature_map() const { return extractor_.map(); }
    [[nodiscard]] Index target_count() const { return solution_.coefficients.columns(); }

    /// Writes a container of kind "model": some kilobytes of description, the coefficients, and
    /// what the map learnt.
    /// @throws IoError; InvalidArgument if a column name is not valid UTF-8.
    void save(const std::string& path) const;
    /// @throws IoError, and FormatError for a file that is not a model, damaged, or newer than this
    ///   build reads.
    [[nodiscard]] static Model load(const std::string& path);

    /// The bytes of such a file, and a model from them.
    /// @throws as `save` and `load`.
    [[nodiscard]] std::string to_bytes() const;
    [[nodiscard]] static Model from_bytes(std::span<const std::byte> bytes);

  private:
    FeatureExtractor extractor_;
    RidgeSolution solution_;
    Index training_rows_;
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
