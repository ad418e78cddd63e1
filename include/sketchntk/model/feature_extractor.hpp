#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/batch.hpp>
#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace sketchntk {

/// The way from the rows of a data set to features, with everything that was learnt for it: what
/// the columns mean, how they are standardised and how they are mapped (configuration, seed and
/// learnt rows, never the random matrices). A value; copies share the map's random matrices.
///
/// The features of a row are a pure function of these and the row: the same bits from a loaded
/// extractor, for any number of threads and any division into batches.
class FeatureExtractor {
  public:
    /// @throws DimensionMismatch if schema and standardiser do not fit each other; what
    ///   `make_feature_map` throws.
    FeatureExtractor(Schema schema, Standardiser standardiser,
                     FeatureMapConfiguration configuration, LearntRows learnt = {});

    /// Features of the rows of a batch whose columns are those of `schema()`: rows x features().
    /// Time: that of the map.
    /// @throws DimensionMismatch for another number of columns; what `map_batch` throws.
    [[nodiscard]] Matrix<float> transform(const Batch& batch,
                                          const Execution& execution = {}) const;
    /// The same into memory of the caller's, rows x features().
    void transform(const Batch& batch, MatrixView<float> features,
                   const Execution& execution = {}) const;

    [[nodiscard]] const Schema& schema() const { return schema_; }
    [[nodiscard]] const Standardiser& standardiser() const { return standardiser_; }
    [[nodiscard]] const FeatureMapConfiguration& configuration() const { return configuration_; }
    [[nodiscard]] const LearntRows& learnt() const { return learnt_; }
    [[nodiscard]] const FeatureMap& map() const { return *map_; }
    [[nodiscard]] Index features() const { return map_->features(); }

    /// Writes a container of kind "feature extractor": what a model file holds but for the head.
    /// @throws IoError; InvalidArgument if a column name is not valid UTF-8.
    void save(const std::string& path) const;
    /// Reads an extractor, or that of a model from a model file.
    /// @throws IoError, and FormatError for another file, one that is damaged or newer than this
    ///   build reads.
    [[nodiscard]] static FeatureExtractor load(const std::string& path);

    /// The bytes of such a file, and an extractor from them.
    /// @throws as `save` and `load`.
    [[nodiscard]] std::string to_bytes() const;
    [[nodiscard]] static FeatureExtractor from_bytes(std::span<const std::byte> bytes);

  private:
    Schema schema_;
    Standardiser standardiser_;
    FeatureMapConfiguration configuration_;
    LearntRows learnt_;
    std::shared_ptr<const FeatureMap> map_;
};

}  // namespace sketchntk
