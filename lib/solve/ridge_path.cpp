#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/rounded_text.hpp"
#include "solve/tridiagonal.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
// Of the targets' sum of squares: features of float32 hardly tell less. A model that interpolates
// would otherwise be chosen by how its rounding errors happen to fall.
constexpr double smallest_judged_residual = 1e-12;

// How far below zero rounding can push an eigenvalue: the sums over the rows (within a chunk, then
// over the chunks) and the reduction each contribute their length in units of the norm.
double rounding_bound(Index rows, Index features, double spectral_scale) {
    const auto length = static_cast<double>(features + RowChunk::capacity) +
                        static_cast<double>(rows) / static_cast<double>(RowChunk::capacity);
    return length * epsilon * spectral_scale;
}

void expect_finite_gram(const RidgeStatistics& statistics) {
    for (Index i = 0; i < statistics.feature_count(); ++i) {
        const auto row = statistics.gram.row(i).first(static_cast<std::size_t>(i) + 1);
        if (!std::all_of(row.begin(), row.end(), [](double x) { return std::isfinite(x); }))
            throw NumericalError("the Gram matrix of the features is not finite in row " +
                                 std::to_string(i) +
                                 ": the sums overflowed or the accumulator was damaged; scale the "
                                 "features down and accumulate again");
    }
}

double kernel_diagonal_mean(double trace, double weight) {
    const double mean = trace / weight;
    if (!(mean > 0.0))
        throw NumericalError(
            "all features are zero in every row, so that lambda has no scale: check the data and "
            "the feature map");
    return mean;
}

std::vector<double> squares_about_means(const RidgeStatistics& statistics,
                                        const std::vector<double>& means) {
    std::vector<double> result(means.size());
    for (std::size_t j = 0; j < means.size(); ++j)
        result[j] =
            std::max(0.0, statistics.target_squares[j] - means[j] * statistics.target_sums[j]);
    return result;
}

}  // namespace

RidgePath::~RidgePath() = default;
RidgePath::RidgePath(RidgePath&&) noexcept = default;
RidgePath& RidgePath::operator=(RidgePath&&) noexcept = default;

RidgePath::RidgePath(RidgeAccumulator&& accumulator, const Execution& execution,
                     Intercept intercept)
    : intercept_(intercept) {
    if (accumulator.rows() < 1)
        throw InvalidArgument(
            "accumulator: expected at least one row of a weight above 0, got none");
    if (accumulator.statistics().rows == 0 &&
        solves_by_rows(accumulator.feature_count(), accumulator.rows()))
        reduce_rows(std::move(accumulator).release_rows(execution), execution);
    else
        reduce_gram(std::move(accumulator).release(execution), execution);
}

void RidgePath::take_sums(const RidgeStatistics& statistics) {
    rows_ = statistics.rows;
    weight_ = statistics.weight;
    const Index features = statistics.feature_count();
    const Index targets = statistics.target_count();
    const double scale = intercept_ == Intercept::fitted ? 1.0 / weight_ : 0.0;
    const auto sums = as_eigen(statistics.cross).col(targets);
    target_means_ = statistics.target_sums;
    for (double& mean : target_means_) mean *= scale;
    target_squares_ = squares_about_means(statistics, target_means_);
    rotated_cross_ = Matrix<double>(features, targets);
    for (Index i = 0; i < features; ++i) {
        const double mean = scale * sums(i);
        feature_means_.push_back(mean);
        spectral_scale_ += mean * sums(i);
        for (Index j = 0; j < targets; ++j)
            rotated_cross_(i, j) =
                statistics.cross(i, j) - mean * statistics.target_sums[static_cast<std::size_t>(j)];
    }
}

void RidgePath::reduce_gram(RidgeStatistics&& statistics, const Execution& execution) {
    expect_finite_gram(statistics);
    mean_kernel_diagonal_ = kernel_diagonal_mean(statistics.trace(), statistics.weight);
    take_sums(statistics);
    const auto sums = as_eigen(statistics.cross).col(statistics.target_count());
    parallel_for(execution, statistics.feature_count(), [&](Index i) {
        const double mean = feature_means_[static_cast<std::size_t>(i)];
        for (Index j = 0; j <= i; ++j) statistics.gram(i, j) -= mean * sums(j);
    });
    take_form(TridiagonalForm(std::move(statistics.gram), execution), execution);
}

void RidgePath::reduce_rows(SummedRows&& summed, const Execution& execution) {
    const double trace = as_eigen(summed.rows.features()).squaredNorm();
    if (!std::isfinite(trace))
        throw NumericalError("the squares of the features overflow: scale the features down");
    mean_kernel_diagonal_ = kernel_diagonal_mean(trace, summed.sums.weight);
    take_sums(summed.sums);
    summed.rows.centre(feature_means_, execution);
    take_form(
        TridiagonalForm::of_row_products(std::move(summed.rows).release_features(), execution),
        execution);
}

void RidgePath::take_form(TridiagonalForm&& form, const Execution& execution) {
    form_ = std::make_shared<const TridiagonalForm>(std::move(form));
    eigenvalues_ = form_->eigenvalues();
    form_->multiply_transposed(rotated_cross_, execution);
    spectral_scale_ += std::max(0.0, eigenvalues_.back());
    const double bound = rounding_bound(rows_, feature_count(), spectral_scale_);
    if (eigenvalues_.front() < -bound)
        throw NumericalError(
            "the Gram matrix of the features has the eigenvalue " +
            rounded_text(eigenvalues_.front()) + ", further below zero than rounding allows (" +
            rounded_text(-bound) +
            "): it is no sum of z z^T; were accumulators of different feature maps or seeds "
            "merged, or one damaged? Accumulate again");
}

double RidgePath::smallest_lambda() const {
    const double floor = resolution(spectral_scale_, eigenvalues_.front());
    return std::max(floor - std::max(0.0, eigenvalues_.front()),
                    std::numeric_limits<double>::min()) /
           mean_kernel_diagonal_;
}

double RidgePath::observations() const {
    return std::max(weight_, static_cast<double>(rows_));
}

double RidgePath::penalty(double lambda) const {
    if (!(lambda >= 0.0) || !std::isfinite(lambda))
        throw InvalidArgument("lambda: expected a finite number, 0 or more, got " +
                              rounded_text(lambda));
    const double smallest = eigenvalues_.front();
    if (lambda == 0.0 && smallest <= rounding_bound(rows_, feature_count(), spectral_scale_))
        throw NumericalError(
            "lambda = 0 needs features of full rank, but the smallest eigenvalue "
            "of their Gram, " +
            rounded_text(smallest) + ", is zero to rounding; take lambda >= " +
            rounded_text(smallest_lambda()) + " or fewer features");
    if (lambda > 0.0 && lambda < smallest_lambda())
        throw NumericalError("lambda = " + rounded_text(lambda) +
                             " is below what float64 can resolve for these features; take "
                             "lambda >= " +
                             rounded_text(smallest_lambda()));
    return lambda * mean_kernel_diagonal_;
}

// Centred features of n rows have rank n - 1 at most: the other eigenvalues are zero, and what
// rounding left of them must not count as degrees of freedom.
double RidgePath::residual_degrees_of_freedom(double shift) const {
    const Index rank_bound = rows_ - (intercept_ == Intercept::fitted ? 1 : 0);
    const Index rank = std::min(rank_bound, feature_count());
    double sum = observations() - static_cast<double>(rows_ - rank_bound + rank);
    for (Index k = feature_count() - rank; k < feature_count() && shift > 0.0; ++k) {
        const double eigenvalue = std::max(0.0, eigenvalues_[static_cast<std::size_t>(k)]);
        sum += shift / (eigenvalue + shift);
    }
    return sum;
}

// With w = Q^T B and u = (T + shift I)^-1 w: RSS = |y|^2 - u^T w - shift |u|^2. What is left after
// cancellation is never taken for less than its own rounding error: a model that interpolates
// would otherwise look perfect to generalised cross-validation.
std::vector<double> RidgePath::residual_squares(double shift) const {
    Matrix<double> solution = rotated_cross_;
    ShiftedTridiagonal(form_->diagonal(), form_->off_diagonal(), shift).solve(solution);
    std::vector<double> result(target_squares_);
    for (Index j = 0; j < target_count(); ++j) {
        double& squares = result[static_cast<std::size_t>(j)];
        const double floor = 16.0 * epsilon * squares;
        for (Index k = 0; k < feature_count(); ++k) {
            const double u = solution(k, j);
            squares -= u * (rotated_cross_(k, j) + shift * u);
        }
        squares = std::max(squares, floor);
    }
    return result;
}

RidgeEvaluation RidgePath::evaluate(double lambda) const {
    const double shift = penalty(lambda);
    const double count = observations();
    const double residual_freedom = residual_degrees_of_freedom(shift);
    RidgeEvaluation result{lambda, count - residual_freedom, residual_squares(shift), 0.0};
    for (std::size_t j = 0; j < target_squares_.size(); ++j) {
        double& squares = result.training_mean_squared_errors[j];
        const double judged = std::max(squares, smallest_judged_residual * target_squares_[j]);
        result.generalised_cross_validation +=
            residual_freedom > 0.0 ? count * judged / (residual_freedom * residual_freedom)
                                   : std::numeric_limits<double>::infinity();
        squares /= weight_;
    }
    return result;
}

Matrix<double> RidgePath::coefficients(std::span<const double> lambdas) const {
    const Index targets = target_count();
    Matrix<double> result(feature_count(), targets * static_cast<Index>(lambdas.size()));
    for (std::size_t i = 0; i < lambdas.size(); ++i) {
        Matrix<double> columns = rotated_cross_;
        ShiftedTridiagonal(form_->diagonal(), form_->off_diagonal(), penalty(lambdas[i]))
            .solve(columns);
        as_eigen(result).middleCols(targets * static_cast<Index>(i), targets) = as_eigen(columns);
    }
    form_->multiply(result, {.threads = 1});
    return result;
}

RidgeSolution RidgePath::solve(double lambda) const {
    const double shift = penalty(lambda);
    RidgeSolution solution{coefficients({&lambda, 1}), target_means_, lambda,
                           observations() - residual_degrees_of_freedom(shift), 0.0};
    for (Index i = 0; i < feature_count(); ++i)
        for (Index j = 0; j < target_count(); ++j)
            solution.intercept[static_cast<std::size_t>(j)] -=
                feature_means_[static_cast<std::size_t>(i)] * solution.coefficients(i, j);
    solution.condition_number = (std::max(0.0, eigenvalues_.back()) + shift) /
                                (std::max(0.0, eigenvalues_.front()) + shift);
    return solution;
}

bool RidgePath::solves_by_rows(Index features, Index rows) {
    return rows < RowChunk::capacity && 2 * rows <= features;
}

Index RidgePath::bytes(Index features, Index targets, Index rows) {
    // Vectors, the rotated cross products and what the reduction works in.
    const Index vectors = (8 + 3 * targets) * features * static_cast<Index>(sizeof(double));
    if (solves_by_rows(features, rows)) return vectors + TridiagonalForm::row_bytes(rows);
    return vectors + TridiagonalForm::bytes(features);
}

}  // namespace sketchntk
