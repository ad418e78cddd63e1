#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/model/map_choice.hpp>
#include <sketchntk/model/model.hpp>
#include <sketchntk/solve/lambda_selection.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sketchntk {

/// How a model is fitted.
struct FitOptions {
    FeatureMapConfiguration feature_map;
    /// The time that the fit may take, choosing and reading included. Where given,
    /// `feature_map.features` is the most that may be taken, and as many are as the plan allows.
    std::optional<double> seconds = {};
    bool standardise = true;  ///< false keeps the columns as they are
    LambdaRule rule = LambdaRule::automatic;
    double lambda = 0;  ///< for LambdaRule::given, in units of the mean kernel diagonal
    /// Those that are searched otherwise, in the same units, ascending; none:
    /// `default_lambda_grid`.
    std::vector<double> lambdas = {};
    double validation_fraction = 0.2;  ///< for LambdaRule::validation; the rows are drawn by seed
    bool keep_path = false;   ///< hand over the reduced Gram: what `RidgePosterior` is made from
    Index batch_rows = 4096;  ///< rows read and mapped at once; the result is the same for any
};

/// What a fit found out, beside the model.
struct FitReport {
    Index rows = 0;
    std::vector<std::string> constant_columns;  ///< dropped from the inputs
    std::vector<std::string> constant_targets;  ///< targets with one value in the training rows
    LambdaChoice choice;                        ///< empty lists where lambda was given
    Index lambda_rows = 0;  ///< LambdaRule::automatic: rows whose leave-one-out errors chose, if so
    double mean_kernel_diagonal = 0;
    double missing_share =
        0;  ///< of the kernel's diagonal, in the map: `FeatureMap::missing_share`
    std::vector<double> training_mean_squared_errors;  ///< for each target
    std::optional<MapChoice> map_choice = {};          ///< for the map `auto`
    double choosing_seconds = 0;                       ///< the choice of the map
    double learning_seconds = 0;    ///< what the map learnt from a sample of rows
    double feature_seconds = 0;     ///< standardising and mapping rows
    double accumulate_seconds = 0;  ///< adding features to the Gram
    double solve_seconds = 0;       ///< from the Gram to the coefficients, lambda included
    double total_seconds = 0;
};

struct FitResult {
    Model model;
    FitReport report;
    std::optional<RidgePath> path = {};  ///< 8 m^2 bytes; with `FitOptions::keep_path`
};

/// Fits a model by streaming: one pass over the rows learns how to standardise them and keeps the
/// sample that the map learns from, one maps them and accumulates the Gram of their features, and
/// with LambdaRule::leave_one_out a third one computes the leave-one-out errors. Memory does not
/// depend on the number of rows.
///
/// A map that leaves a share s of the kernel's diagonal out hands it to the ridge: a lambda in
/// units of the kernel's diagonal, given or searched, becomes (lambda + s) / (1 - s) in units of
/// the features'.
///
/// The map `auto` is chosen from a sample of the rows and their targets (`choose_feature_map`)
/// after the first pass; the model is then that of a fit with the chosen map by its own name.
///
/// The model has the same bits for any number of threads and any `batch_rows`. With a limit of
/// seconds it depends on how fast the machine turned out to be through the number of features (and
/// what `auto` chose), and on nothing else.
/// @throws InvalidArgument without targets or rows, for an option out of range and for too few
///   seconds; and what readers,
///   feature maps and `RidgePath` throw.
[[nodiscard]] FitResult fit(RowReader& rows, const FitOptions& options,
                            const Execution& execution = {});

}  // namespace sketchntk
