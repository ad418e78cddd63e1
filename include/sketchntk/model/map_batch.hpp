#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/batch.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/model/map_choice.hpp>

namespace sketchntk {

/// Chooses what `auto` stands for by the rows of a sample and the targets that it has kept.
/// @param sample at least as large as `wanted_sample_rows(configuration)` where there are the rows
/// @throws as the other `choose_feature_map`, and `Standardiser::apply`.
[[nodiscard]] MapChoice choose_feature_map(const FeatureMapConfiguration& configuration,
                                           const Standardiser& standardiser,
                                           const RowSample& sample,
                                           const Execution& execution = {});

/// The features of the rows of a batch: standardised, then mapped; rows x features. The one way
/// from data to features, for fitting and predicting alike.
///
/// Sparse rows that the standardiser keeps as they are go to the map as they are, which writes them
/// out only if it has to (`FeatureMap::keeps_sparse_rows`), some at a time. A standardiser that
/// shifts columns makes all rows dense: rows x inputs float32 numbers.
/// @throws what `Standardiser::apply` and `FeatureMap::transform` throw.
[[nodiscard]] Matrix<float> map_batch(const Standardiser& standardiser, const FeatureMap& map,
                                      const Batch& batch, const Execution& execution = {});
/// The same into `features`, whose memory is used again from batch to batch: fresh memory costs as
/// much as a fast map.
void map_batch(const Standardiser& standardiser, const FeatureMap& map, const Batch& batch,
               Matrix<float>& features, const Execution& execution = {});
/// The same into memory of the caller's, rows x features.
/// @throws DimensionMismatch for another shape as well.
void map_batch(const Standardiser& standardiser, const FeatureMap& map, const Batch& batch,
               MatrixView<float> features, const Execution& execution = {});

}  // namespace sketchntk
