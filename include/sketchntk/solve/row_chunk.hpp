#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <span>
#include <variant>

namespace sketchntk {

/// Rows of a least squares problem. A row of weight w counts like w rows that are equal to it; rows
/// of weight 0 are passed over.
struct RegressionRows {
    std::variant<MatrixView<const float>, MatrixView<const double>> features;  ///< rows x m
    MatrixView<const double> targets;                                          ///< rows x t
    std::span<const double> weights = {};  ///< one a row, 0 or more; none: all are 1

    [[nodiscard]] Index rows() const { return targets.rows(); }
    [[nodiscard]] double weight(Index i) const {
        return weights.empty() ? 1.0 : weights[static_cast<std::size_t>(i)];
    }
};

/// Gathers the rows of batches of any size into chunks of one fixed size, in float64.
///
/// Everything that sums over rows works chunk by chunk: its sums then have the same order, and the
/// same bits, whatever batches the rows came in. A row of weight w is multiplied by sqrt(w), so
/// that products of rows are weighted sums.
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
    /// The gathered rows sqrt(w) [y, 1], rows() x (targets + 1): with the last column, the product
    /// with the features holds their sums too.
    [[nodiscard]] MatrixView<const double> targets_and_one() const {
        return targets_.view().middle_rows(0, rows_);
    }

    /// Appends as many of the rows from `first` on as there is room for; returns how many of them
    /// were taken or passed over.
    Index append(const RegressionRows& rows, Index first, const Execution& execution);
    /// Appends rows that are already multiplied by the square roots of their weights, at most
    /// capacity - rows() of them.
    void append_weighted(MatrixView<const double> features,
                         MatrixView<const double> targets_and_one);
    /// Multiplies features, targets and ones by a number.
    void scale(double factor);
    /// sqrt(w) z := sqrt(w) (z - means).
    void centre(std::span<const double> means, const Execution& execution);
    void clear() { rows_ = 0; }
    /// Hands over the gathered rows of features, without a copy.
    [[nodiscard]] Matrix<double> release_features() &&;

    /// Memory of a chunk in bytes.
    [[nodiscard]] static Index bytes(Index features, Index targets);

  private:
    void append_row(const RegressionRows& rows, Index from, Index to);

    Matrix<double> features_;
    Matrix<double> targets_;
    Index rows_ = 0;
};

/// Checks a batch before any of it is used: shapes, and that every number is finite and no weight
/// below 0.
/// @param first_row number of the batch's first row, for the message
/// @throws DimensionMismatch for a wrong shape, InvalidArgument for a wrong number
void check_rows(const RegressionRows& rows, Index feature_count, Index target_count,
                Index first_row, const Execution& execution);

}  // namespace sketchntk
