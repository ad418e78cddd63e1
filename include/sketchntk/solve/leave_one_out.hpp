#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/solve/ridge_path.hpp>
#include <sketchntk/solve/row_chunk.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sketchntk {

class QuadraticForms;

/// The leave-one-out error of a ridge regression for many lambdas, by a second pass over the rows
/// that it was fitted to (or some of them), without refitting: with the hat diagonal
///
///     h_i(lambda) = w_i (1 / sum w + (z_i - mean)^T (Gc + lambda s I)^-1 (z_i - mean))
///
/// (no 1 / sum w without an intercept; w_i = 1 without weights) the error at row i of the model
/// fitted to the other rows is r_i / (1 - h_i), r_i the residual of the full fit (Allen 1974;
/// Golub, Heath and Wahba 1979). The penalty lambda s stays the same in the refit; the intercept is
/// refitted.
///
/// Rows are rotated by Q of the path's Q T Q^T, after which each lambda costs O(m) a row. The
/// result has the same bits for any number of threads and any division of the rows into batches.
///
/// Cost for n rows: 2 n m^2 flops after some 3 m^3 for Q, or 4 n m^2 without forming it if that is
/// less; and (4 + 2 t) n m for each lambda. Memory see `bytes`.
class LeaveOneOut {
  public:
    /// `path` need not outlive the constructor. Lambdas below `path.smallest_lambda()` get an
    /// infinite error.
    /// @param expected_rows how many will be added, about; all rows of the path by default
    /// @throws InvalidArgument if lambdas are none or are not ascending, or without targets.
    LeaveOneOut(const RidgePath& path, std::vector<double> lambdas, const Execution& execution = {},
                std::optional<Index> expected_rows = std::nullopt);
    ~LeaveOneOut();
    LeaveOneOut(LeaveOneOut&&) noexcept;
    LeaveOneOut& operator=(LeaveOneOut&&) noexcept;

    /// Adds rows that the path was fitted to, in any batches: all of them, or a part.
    /// @throws as `RidgeAccumulator::add`
    void add(const RegressionRows& rows, const Execution& execution);
    void add(MatrixView<const float> features, MatrixView<const double> targets,
             const Execution& execution) {
        add({features, targets}, execution);
    }

    /// The mean squared leave-one-out error over rows (by weight) and targets for each lambda;
    /// infinite where some row has h_i = 1 to rounding, so that the model without it cannot be
    /// told. To be called once, after the last row.
    /// @throws InvalidArgument without rows, and for more than the path has.
    [[nodiscard]] std::vector<double> mean_squared_errors(const Execution& execution);

    [[nodiscard]] const std::vector<double>& lambdas() const { return lambdas_; }

    /// Memory in bytes: 8 (m^2 + 2048 m + (2 + t) m lambdas) and smaller terms; without the m^2 for
    /// so few rows that Q is not formed.
    [[nodiscard]] static Index bytes(Index features, Index targets, Index lambdas, Index rows);

  private:
    void add_chunk(const Execution& execution);
    void rotate_chunk(const Execution& execution);
    /// Sum over some rows for one lambda; predictions is t x rows.
    [[nodiscard]] double squared_errors(MatrixView<const double> truth_and_one,
                                        std::span<const double> leverages,
                                        MatrixView<const double> predictions) const;

    std::vector<double> lambdas_;
    Index unusable_;  ///< leading lambdas below what float64 resolves
    Index path_rows_;
    Index rows_ = 0;
    double weight_ = 0.0;
    double intercept_leverage_;  ///< of a row of weight 1
    std::vector<double> feature_means_;
    std::vector<double> target_means_;
    std::shared_ptr<const TridiagonalForm> form_;
    Matrix<double> rotation_;  ///< Q^T; empty where Q is applied instead
    std::unique_ptr<QuadraticForms> forms_;
    RowChunk chunk_;
    Matrix<double> rotated_;          ///< Q^T times the chunk's centred rows, m x chunk
    std::vector<double> error_sums_;  ///< of squares, for each lambda
};

}  // namespace sketchntk
