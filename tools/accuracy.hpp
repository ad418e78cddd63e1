#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk::tools {

/// The share of rows whose class is predicted, where each target column stands for a class: the
/// class of a row is the column with the largest target, the predicted one that with the largest
/// prediction.
class Accuracy {
  public:
    /// @param predictions, truth rows x classes
    /// @throws DimensionMismatch if the shapes do not agree; InvalidArgument for fewer than two
    ///   classes or a row of truth without one largest target.
    void add(MatrixView<const double> predictions, MatrixView<const double> truth);

    /// NaN without rows.
    [[nodiscard]] double share() const;

  private:
    Index rows_ = 0;
    Index right_ = 0;
};

}  // namespace sketchntk::tools
