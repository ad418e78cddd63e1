#pragma once

#include <sketchntk/core/matrix.hpp>

#include <vector>

namespace sketchntk {

/// How far predictions are from targets, accumulated over batches in the order of the rows.
class RegressionError {
  public:
    explicit RegressionError(Index targets);

    /// @param predictions, truth rows x targets.
    /// @throws DimensionMismatch if the shapes do not agree.
    void add(MatrixView<const double> predictions, MatrixView<const double> truth);

    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index target_count() const { return static_cast<Index>(sums_.size()); }
    /// Root mean squared error of one target, in its units; NaN without rows.
    [[nodiscard]] double root_mean_square(Index target) const;
    /// 1 - sum (y - prediction)^2 / sum (y - mean)^2; NaN where the target is constant.
    [[nodiscard]] double r_squared(Index target) const;
    /// Root mean square over all targets and rows.
    [[nodiscard]] double root_mean_square() const;
    /// The mean of `r_squared` over the targets.
    [[nodiscard]] double r_squared() const;

  private:
    struct Sums {
        double squared_errors = 0;
        double mean = 0;
        double squares_about_mean = 0;
    };

    Index rows_ = 0;
    std::vector<Sums> sums_;
};

}  // namespace sketchntk
