#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/features/feature_map.hpp>

namespace sketchntk {

/// Rows of the training data by whose errors lambda is chosen.
struct LambdaRows {
    Matrix<float> inputs;  ///< as the map gets them
    Matrix<double> targets;
};

inline constexpr Index most_lambda_rows = 2048;

/// Those of a sample that the map has not learnt: at most `most_lambda_rows` at equal distances,
/// and none at all if fewer than 256 are left, which say too little.
/// @param normalised whether the map scales rows before it learns them
[[nodiscard]] LambdaRows rows_not_learnt(MatrixView<const float> sample,
                                         MatrixView<const double> targets, const LearntRows& learnt,
                                         bool normalised);

}  // namespace sketchntk
