#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <string>
#include <vector>

namespace sketchntk::tools {

/// The class that a row of numbers, one for each class, stands for: the largest, the first of
/// equals.
[[nodiscard]] Index largest_column(std::span<const double> row);

/// How many rows of each class are predicted as each class, where each target column stands for
/// one: the class of a row is the column with the largest target, the predicted one that with the
/// largest prediction.
class ConfusionTable {
  public:
    explicit ConfusionTable(Index classes);

    /// @param predictions, truth rows x classes
    /// @throws DimensionMismatch if the shapes do not agree; InvalidArgument for fewer than two
    ///   classes or a row of truth without one largest target.
    void add(MatrixView<const double> predictions, MatrixView<const double> truth);

    [[nodiscard]] Index classes() const { return counts_.rows(); }
    /// Rows of class `truth` that are predicted as class `predicted`.
    [[nodiscard]] Index count(Index truth, Index predicted) const {
        return counts_(truth, predicted);
    }
    /// The share of rows whose class is predicted; NaN without rows.
    [[nodiscard]] double accuracy() const;
    /// A line for each class, a column for each predicted one.
    [[nodiscard]] std::string text(const std::vector<std::string>& names) const;

  private:
    Index rows_ = 0;
    Matrix<Index> counts_;
};

}  // namespace sketchntk::tools
