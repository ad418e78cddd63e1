#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// How the penalty of a ridge regression is chosen.
enum class LambdaRule {
    /// Generalised cross-validation, but for a map that has learnt rows of the data by heart the
    /// leave-one-out error of some rows that it has not: to the others it owes features, so that
    /// their errors are not those of new rows.
    automatic,
    generalised_cross_validation,  ///< `select_by_gcv`: no second look at the data
    leave_one_out,                 ///< `LeaveOneOut`: a second pass over the rows
    validation,                    ///< `validation_errors`: rows held out of the fit
    given,
};

/// A lambda and the scores that it was chosen by.
struct LambdaChoice {
    double lambda = 0.0;
    double score = 0.0;
    /// The best lambda was the first or last one with a finite score: a better one may lie outside.
    bool at_end_of_grid = false;
    std::vector<double> lambdas;
    std::vector<double> scores;  ///< infinite where a lambda could not be judged
};

/// For features that lack a share s of the kernel's diagonal, which is then part of the penalty:
/// lambda in units of the kernel's diagonal becomes (lambda + s) / (1 - s) in units of the
/// features'.
[[nodiscard]] double lambda_of_features(double lambda, double missing_share);

/// 1e-10 to 1e2, ten to a decade, ascending, as `lambda_of_features`.
[[nodiscard]] std::vector<double> default_lambda_grid(double missing_share = 0);

/// The lambda with the lowest score; of equal ones the largest.
/// @param lambdas ascending
/// @param equal scores up to so many times the lowest count as equal to it, which is for scores
/// with
///   a sampling error: the penalty is then no smaller than they can tell
/// @throws DimensionMismatch if the counts differ, InvalidArgument if lambdas do not ascend or are
///   none, NumericalError if no score is finite.
[[nodiscard]] LambdaChoice select_lambda(std::vector<double> lambdas, std::vector<double> scores,
                                         double equal = 1.0);

/// The minimum of generalised cross-validation over the grid; lambdas below
/// `path.smallest_lambda()` are left out (infinite score).
/// @throws as `select_lambda` and `RidgePath::evaluate`
[[nodiscard]] LambdaChoice select_by_gcv(const RidgePath& path);
[[nodiscard]] LambdaChoice select_by_gcv(const RidgePath& path, std::vector<double> lambdas);

/// The mean squared error (over rows and targets) on rows that `path` has not seen, for each
/// lambda, from their accumulated sums alone; infinite for lambdas below `path.smallest_lambda()`.
/// The final model is then fitted on the merged accumulators. Cost: 4 m^2 t flops for each lambda.
///
/// The sums cancel: an error below about 1e-16 of the held-out targets' mean square is noise.
/// @throws DimensionMismatch if features or targets differ, InvalidArgument without held-out rows.
[[nodiscard]] std::vector<double> validation_errors(const RidgePath& path,
                                                    const RidgeAccumulator& held_out,
                                                    std::span<const double> lambdas);

}  // namespace sketchntk
