#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// Gathers the rows of batches of any size into chunks of one fixed size, in float64.
///
/// Everything that sums over rows works chunk by chunk: its sums then have the same order, and the
/// same bits, whatever batches the rows came in.
class RowChunk {
  public:
    static constexpr Index capacity = 1024;  ///< rows in a full chunk

    RowChunk(Index features, Index targets);

    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] bool full() const { return rows_ == capacity; }
    [[nodiscard]] Index feature_count() const { return features_.columns(); }
    [[nodiscard]] Index target_count() const { return targets_.columns() - 1; }

    /// The gathered rows of features, rows() x features.
    [[nodiscard]] MatrixView<double> features() { return features_.view().middle_rows(0, rows_); }
    [[nodiscard]] MatrixView<const double> features() const {
        return features_.view().middle_rows(0, rows_);
    }
    /// The gathered rows [y, 1], rows() x (targets + 1): with a column of ones, the product with
    /// the features holds their sums too.
    [[nodiscard]] MatrixView<const double> targets_and_one() const {
        return targets_.view().middle_rows(0, rows_);
    }

    /// Appends as many of the rows from `first` on as there is room for; returns their number.
    Index append(MatrixView<const float> features, MatrixView<const double> targets, Index first,
                 const Execution& execution);
    void clear() { rows_ = 0; }

    /// Memory of a chunk in bytes.
    [[nodiscard]] static Index bytes(Index features, Index targets);

  private:
    Matrix<double> features_;
    Matrix<double> targets_;
    Index rows_ = 0;
};

/// Checks a batch before any of it is used: shapes, and that every number is finite.
/// @param first_row number of the batch's first row, for the message
/// @throws DimensionMismatch for a wrong shape, InvalidArgument for a number that is not finite
void check_rows(MatrixView<const float> features, MatrixView<const double> targets,
                Index feature_count, Index target_count, Index first_row,
                const Execution& execution);

}  // namespace sketchntk
