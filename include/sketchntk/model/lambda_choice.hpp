#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/solve/lambda_selection.hpp>

#include <vector>

namespace sketchntk {

/// Rows of the training data by whose errors lambda is chosen.
struct LambdaRows {
    Matrix<float> inputs;  ///< as the map gets them
    Matrix<double> targets;
    std::vector<double> weights = {};  ///< none: all are 1
};

inline constexpr Index most_lambda_rows = 2048;

/// Those of a sample that the map has not learnt: at most `most_lambda_rows` at equal distances,
/// and none at all if fewer than 256 are left, which say too little.
/// @param sample standardised
/// @param weights of the sample's rows; none: all are 1
/// @param normalised whether the map scales rows before it learns them
[[nodiscard]] LambdaRows rows_not_learnt(MatrixView<const float> sample,
                                         MatrixView<const double> targets,
                                         const std::vector<double>& weights,
                                         const LearntRows& learnt, bool normalised);

/// The lambda for the head of a model from one reduced Gram, by every rule that needs no further
/// pass over the data.
///
/// `given` takes `lambdas.front()`. `automatic` judges by the leave-one-out errors of `rows` if
/// there are any (a map that learnt rows by heart owes features to them, so that their errors are
/// not those of new rows), and else by generalised cross-validation.
/// @param map whose missing share of the kernel's diagonal is part of every lambda:
///   `lambda_of_features`
/// @param lambdas in units of the kernel's diagonal, ascending; none: `default_lambda_grid`
/// @throws InvalidArgument for another rule, or `given` without one lambda; what `select_lambda`
///   throws.
[[nodiscard]] LambdaChoice choose_lambda(const RidgePath& path, const FeatureMap& map,
                                         const LambdaRows& rows, LambdaRule rule,
                                         const std::vector<double>& lambdas,
                                         const Execution& execution = {});

/// Those lambdas, or those of `default_lambda_grid`, in units of the features' diagonal.
[[nodiscard]] std::vector<double> lambda_grid(const std::vector<double>& lambdas,
                                              double missing_share);

}  // namespace sketchntk
