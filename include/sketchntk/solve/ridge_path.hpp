#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/solve/intercept.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>

#include <memory>
#include <span>
#include <vector>

namespace sketchntk {

class TridiagonalForm;

/// A fitted linear head: prediction = coefficients^T z + intercept.
struct RidgeSolution {
    Matrix<double> coefficients;    ///< m x t
    std::vector<double> intercept;  ///< t; zeros where none was fitted
    double lambda = 0.0;
    double degrees_of_freedom = 0.0;  ///< trace of the hat matrix, intercept included
    double condition_number = 0.0;    ///< of the centred Gram with its penalty
};

/// What the training rows say about one lambda.
struct RidgeEvaluation {
    double lambda = 0.0;
    double degrees_of_freedom = 0.0;                   ///< as in `RidgeSolution`
    std::vector<double> training_mean_squared_errors;  ///< for each target, weighted
    /// sum over the targets of n RSS / (n - degrees of freedom)^2 (Golub, Heath and Wahba 1979);
    /// n = `RidgePath::observations`, and RSS at least 1e-12 of the targets' squares about their
    /// means.
    double generalised_cross_validation = 0.0;
};

/// Ridge regression for every lambda from one reduction of the Gram:
///
///     min over beta, b of  sum_i w_i |y_i - b - beta^T z_i|^2 + lambda s |beta|^2,
///
/// where s = trace(G) / sum w, the mean of z_i^T z_i, is the mean diagonal of the kernel Z Z^T.
/// Lambda is thus on an absolute scale: it is the same as the dual problem's (K + lambda mean(diag
/// K) I), and scaling all features by a constant leaves the predictions of a lambda as they are.
///
/// The Gram, centred where there is an intercept, is reduced once to Q T Q^T with T tridiagonal;
/// each lambda then costs O(m t). Eigenvectors are never formed: the same spectrum in a fraction of
/// the time of an eigendecomposition. Cost: 4/3 m^3 flops, nearly all of them in matrix products on
/// all threads; no second m x m matrix. While the accumulator still has all rows (less than 1,024)
/// and they are no more than half as many as the features, the Gram is neither formed nor reduced:
/// the space that the n rows span is all that counts, 2 m n^2 + 2 n^3 flops.
///
/// In float64 the spectrum is known to about 16 eps of the Gram's norm. What lies below that cannot
/// be fitted to; `smallest_lambda` says where it begins.
class RidgePath {
  public:
    /// Works in the accumulator's own memory.
    /// @throws InvalidArgument without rows, NumericalError if the Gram is not finite, is zero, or
    /// is
    ///   not positive semidefinite beyond rounding.
    explicit RidgePath(RidgeAccumulator&& accumulator, const Execution& execution,
                       Intercept intercept = Intercept::fitted);
    ~RidgePath();
    RidgePath(RidgePath&&) noexcept;
    RidgePath& operator=(RidgePath&&) noexcept;

    /// @throws InvalidArgument if lambda is negative or not finite, NumericalError if it is below
    ///   `smallest_lambda`, or is 0 while the Gram is not numerically of full rank.
    [[nodiscard]] RidgeEvaluation evaluate(double lambda) const;
    /// @throws as `evaluate`.
    [[nodiscard]] RidgeSolution solve(double lambda) const;
    /// Coefficients for several lambdas at once: m x (t lambdas), the t columns of the first lambda
    /// first.
    /// @throws as `evaluate`.
    [[nodiscard]] Matrix<double> coefficients(std::span<const double> lambdas) const;

    /// The smallest positive lambda for which the penalised Gram can be inverted with any correct
    /// digits in float64.
    [[nodiscard]] double smallest_lambda() const;
    /// s, the unit of lambda.
    [[nodiscard]] double mean_kernel_diagonal() const { return mean_kernel_diagonal_; }
    /// Of the centred Gram, ascending; those that are zero may be negative by rounding.
    [[nodiscard]] std::span<const double> eigenvalues() const { return eigenvalues_; }
    /// What was subtracted from features and targets: means, or zeros without an intercept.
    [[nodiscard]] std::span<const double> feature_means() const { return feature_means_; }
    [[nodiscard]] std::span<const double> target_means() const { return target_means_; }
    [[nodiscard]] Index rows() const { return rows_; }
    /// The sum of the rows' weights; rows() without weights.
    [[nodiscard]] double weight() const { return weight_; }
    /// For how many observations the rows count: weight(), and rows() if that is more, since
    /// weights that only say which rows matter more (that sum up to 1, for example) take none away.
    [[nodiscard]] double observations() const;
    [[nodiscard]] Index feature_count() const { return static_cast<Index>(eigenvalues_.size()); }
    [[nodiscard]] Index target_count() const { return static_cast<Index>(target_means_.size()); }
    [[nodiscard]] Intercept intercept() const { return intercept_; }

    /// Whether the path of so many rows, all of which wait in their accumulator, does without the
    /// Gram.
    [[nodiscard]] static bool solves_by_rows(Index features, Index rows);
    /// Memory in bytes beyond the accumulator's own, of `RowChunk::capacity` rows or fewer.
    [[nodiscard]] static Index bytes(Index features, Index targets,
                                     Index rows = RowChunk::capacity);

  private:
    friend class LeaveOneOut;
    friend class RidgePosterior;

    void take_sums(const RidgeStatistics& statistics);
    void reduce_gram(RidgeStatistics&& statistics, const Execution& execution);
    void reduce_rows(SummedRows&& rows, const Execution& execution);
    void take_form(TridiagonalForm&& form, const Execution& execution);
    [[nodiscard]] double penalty(double lambda) const;
    [[nodiscard]] double residual_degrees_of_freedom(double shift) const;
    [[nodiscard]] std::vector<double> residual_squares(double shift) const;

    Index rows_ = 0;
    double weight_ = 0.0;
    Intercept intercept_ = Intercept::fitted;
    double mean_kernel_diagonal_ = 0.0;
    double spectral_scale_ = 0.0;
    std::vector<double> feature_means_;
    std::vector<double> target_means_;
    std::vector<double> target_squares_;  ///< sum of squares about the means
    Matrix<double> rotated_cross_;        ///< Q^T of the centred cross products, m x t
    std::shared_ptr<const TridiagonalForm> form_;
    std::vector<double> eigenvalues_;
};

}  // namespace sketchntk
