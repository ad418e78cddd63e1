#include <sketchntk/core/error.hpp>
#include <sketchntk/model/regression_error.hpp>

#include <cmath>
#include <limits>
#include <string>

namespace sketchntk {

RegressionError::RegressionError(Index targets) : sums_(static_cast<std::size_t>(targets)) {}

void RegressionError::add(MatrixView<const double> predictions, MatrixView<const double> truth) {
    if (predictions.rows() != truth.rows() || predictions.columns() != target_count() ||
        truth.columns() != target_count())
        throw DimensionMismatch(
            "regression error of " + std::to_string(target_count()) + " targets: predictions are " +
            std::to_string(predictions.rows()) + " x " + std::to_string(predictions.columns()) +
            ", targets " + std::to_string(truth.rows()) + " x " + std::to_string(truth.columns()));
    for (Index i = 0; i < truth.rows(); ++i) {
        ++rows_;
        for (Index j = 0; j < target_count(); ++j) {
            Sums& sums = sums_[static_cast<std::size_t>(j)];
            const double error = predictions(i, j) - truth(i, j);
            sums.squared_errors += error * error;
            const double from_old_mean = truth(i, j) - sums.mean;
            sums.mean += from_old_mean / static_cast<double>(rows_);
            sums.squares_about_mean += from_old_mean * (truth(i, j) - sums.mean);
        }
    }
}

double RegressionError::root_mean_square(Index target) const {
    const Sums& sums = sums_[static_cast<std::size_t>(target)];
    return std::sqrt(sums.squared_errors / static_cast<double>(rows_));
}

double RegressionError::r_squared(Index target) const {
    const Sums& sums = sums_[static_cast<std::size_t>(target)];
    if (!(sums.squares_about_mean > 0)) return std::numeric_limits<double>::quiet_NaN();
    return 1 - sums.squared_errors / sums.squares_about_mean;
}

double RegressionError::root_mean_square() const {
    double sum = 0;
    for (const Sums& sums : sums_) sum += sums.squared_errors;
    return std::sqrt(sum / static_cast<double>(rows_ * target_count()));
}

double RegressionError::r_squared() const {
    double sum = 0;
    for (Index j = 0; j < target_count(); ++j) sum += r_squared(j);
    return sum / static_cast<double>(target_count());
}

}  // namespace sketchntk
