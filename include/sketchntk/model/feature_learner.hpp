#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/model/feature_extractor.hpp>
#include <sketchntk/model/lambda_choice.hpp>
#include <sketchntk/model/map_choice.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sketchntk {

/// An extractor, and what was found out when it was learnt.
struct LearntFeatures {
    FeatureExtractor extractor;
    std::optional<MapChoice> choice;  ///< for the map `auto`
    LambdaRows lambda_rows;           ///< of a map that learns: what `choose_lambda` judges by
};

/// The first pass over the data: learns how to standardise the rows, and keeps a sample of them for
/// maps that learn and for the choice of `auto`. A value that can be merged with others and sent to
/// other processes; memory does not depend on the number of rows.
class FeatureLearner {
  public:
    /// @param schema of the rows; its targets are kept beside the sample
    /// @param image_shape `RowReader::image_shape`
    /// @throws InvalidArgument for an unknown map.
    FeatureLearner(Schema schema, const std::vector<Index>& image_shape,
                   FeatureMapConfiguration configuration, bool standardise);

    /// Learns from the rows of a batch; those that the split holds out stay out of the sample. The
    /// numbers of the rows (`Batch::first_row`) decide which of them the sample keeps.
    /// @throws DimensionMismatch for other columns or targets.
    void add(const Batch& batch, const RowSplit& held_out = RowSplit::none());

    /// Learns what `other` has learnt from other rows, numbered apart from these. Equal to one that
    /// saw all of them but for rounding in means and scales.
    /// @throws DimensionMismatch or InvalidArgument for one of other columns or another map.
    void merge(const FeatureLearner& other);

    /// What all of it gives; learning may go on afterwards.
    /// @throws InvalidArgument without rows or columns that vary; what `choose_feature_map` and
    ///   `learn_feature_map` throw.
    [[nodiscard]] LearntFeatures learnt(const Execution& execution = {}) const;

    /// Rows of a weight above 0.
    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] const Schema& schema() const { return schema_; }
    /// As given, with the pixels of images.
    [[nodiscard]] const FeatureMapConfiguration& configuration() const { return configuration_; }
    [[nodiscard]] const RowSample& sample() const { return sample_; }
    /// That of the rows so far, ready to be applied.
    /// @throws InvalidArgument without rows or columns that vary.
    [[nodiscard]] Standardiser standardiser() const;

    /// Everything, as the bytes of a container of kind "feature learner", and back.
    /// @throws FormatError for damaged ones.
    [[nodiscard]] std::string to_bytes() const;
    [[nodiscard]] static FeatureLearner from_bytes(std::span<const std::byte> bytes);

  private:
    Schema schema_;
    std::vector<Index> image_shape_;
    FeatureMapConfiguration configuration_;
    bool standardise_;
    Standardiser standardiser_;
    RowSample sample_;
    Index rows_ = 0;
};

/// The map of a configuration for standardised rows, learnt from the sample if it is one that
/// learns (`wanted_sample_rows` is not 0), and what lambda may be chosen by then; otherwise the
/// sample is not looked at.
struct MapOfSample {
    std::unique_ptr<FeatureMap> map;
    LambdaRows lambda_rows;
};
/// @throws what `make_feature_map`, `learn_feature_map` and `Standardiser::apply` throw.
[[nodiscard]] MapOfSample map_of_sample(const FeatureMapConfiguration& configuration,
                                        const Standardiser& standardiser, const RowSample& sample,
                                        const Execution& execution = {});

}  // namespace sketchntk
