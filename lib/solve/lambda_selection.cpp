#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "solve/rounded_text.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/lambda_selection.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// One model for each usable lambda and each target, lambda by lambda.
struct Candidates {
    std::vector<std::size_t> numbers;  // of the lambdas within the grid
    Matrix<double> coefficients;
    Eigen::RowVectorXd intercepts;
};

Candidates candidates(const RidgePath& path, std::span<const double> lambdas) {
    Candidates result;
    std::vector<double> usable;
    for (std::size_t i = 0; i < lambdas.size(); ++i) {
        if (lambdas[i] < path.smallest_lambda()) continue;
        result.numbers.push_back(i);
        usable.push_back(lambdas[i]);
    }
    result.coefficients = path.coefficients(usable);
    const Eigen::Map<const Eigen::RowVectorXd> means(path.feature_means().data(),
                                                     path.feature_count());
    result.intercepts = -means * as_eigen(result.coefficients);
    for (Index column = 0; column < result.intercepts.size(); ++column)
        result.intercepts(column) +=
            path.target_means()[static_cast<std::size_t>(column % path.target_count())];
    return result;
}

// Sums of (y - b - beta^T z)^2 over the accumulated rows, for each candidate.
Eigen::RowVectorXd accumulated_squares(const RidgeStatistics& statistics,
                                       const Candidates& models) {
    const auto beta = as_eigen(models.coefficients);
    if (statistics.rows == 0) return Eigen::RowVectorXd::Zero(beta.cols());
    const RowMajor<double> gram_beta =
        as_eigen(statistics.gram).selfadjointView<Eigen::Lower>() * beta;
    const RowMajor<double> cross_beta = as_eigen(statistics.cross).transpose() * beta;
    const Index targets = statistics.target_count();
    Eigen::RowVectorXd squares = beta.cwiseProduct(gram_beta).colwise().sum();
    for (Index column = 0; column < squares.size(); ++column) {
        const Index target = column % targets;
        const auto j = static_cast<std::size_t>(target);
        const double b = models.intercepts(column);
        squares(column) += statistics.target_squares[j] - 2.0 * b * statistics.target_sums[j] +
                           statistics.weight * b * b - 2.0 * cross_beta(target, column) +
                           2.0 * b * cross_beta(targets, column);
    }
    return squares.cwiseMax(0.0);
}

// The same over the rows that still wait in their chunk.
Eigen::RowVectorXd pending_squares(const RowChunk& rows, const Candidates& models) {
    RowMajor<double> residuals = -as_eigen(rows.features()) * as_eigen(models.coefficients);
    const auto targets_and_one = as_eigen(rows.targets_and_one());
    residuals -= targets_and_one.col(rows.target_count()) * models.intercepts;
    for (Index column = 0; column < residuals.cols(); ++column)
        residuals.col(column) += targets_and_one.col(column % rows.target_count());
    return residuals.colwise().squaredNorm();
}

void check_held_out(const RidgePath& path, const RidgeAccumulator& held_out) {
    if (held_out.feature_count() != path.feature_count() ||
        held_out.target_count() != path.target_count())
        throw DimensionMismatch("held_out: expected " + std::to_string(path.feature_count()) +
                                " features and " + std::to_string(path.target_count()) +
                                " targets, got " + std::to_string(held_out.feature_count()) +
                                " and " + std::to_string(held_out.target_count()));
    if (held_out.rows() < 1 || held_out.target_count() < 1)
        throw InvalidArgument("held_out: expected at least one row and one target");
}

void check_grid(const std::vector<double>& lambdas, std::size_t scores) {
    if (lambdas.size() != scores)
        throw DimensionMismatch("scores: expected one for each of " +
                                std::to_string(lambdas.size()) + " lambdas, got " +
                                std::to_string(scores));
    if (lambdas.empty()) throw InvalidArgument("lambdas: expected at least one, got none");
    if (std::adjacent_find(lambdas.begin(), lambdas.end(), std::greater_equal<>()) != lambdas.end())
        throw InvalidArgument("lambdas: expected ascending values");
}

}  // namespace

double lambda_of_features(double lambda, double missing_share) {
    return (lambda + missing_share) / (1 - missing_share);
}

std::vector<double> default_lambda_grid(double missing_share) {
    std::vector<double> grid;
    for (int tenth = -100; tenth <= 20; ++tenth)
        grid.push_back(lambda_of_features(std::pow(10.0, tenth / 10.0), missing_share));
    return grid;
}

LambdaChoice select_lambda(std::vector<double> lambdas, std::vector<double> scores, double equal) {
    check_grid(lambdas, scores.size());
    std::size_t best = lambdas.size();
    std::size_t first = lambdas.size();
    std::size_t last = 0;
    for (std::size_t i = 0; i < lambdas.size(); ++i) {
        if (!std::isfinite(scores[i])) continue;
        first = std::min(first, i);
        last = i;
        if (best == lambdas.size() || scores[i] <= scores[best]) best = i;
    }
    if (best == lambdas.size())
        throw NumericalError("no lambda of the grid could be judged: they run from " +
                             rounded_text(lambdas.front()) + " to " + rounded_text(lambdas.back()) +
                             "; try larger ones");
    const double most = equal * scores[best];
    for (std::size_t i = best; i < lambdas.size(); ++i)
        if (scores[i] <= most) best = i;
    LambdaChoice choice{lambdas[best], scores[best], best == first || best == last, {}, {}};
    choice.lambdas = std::move(lambdas);
    choice.scores = std::move(scores);
    return choice;
}

LambdaChoice select_by_gcv(const RidgePath& path) {
    return select_by_gcv(path, default_lambda_grid());
}

LambdaChoice select_by_gcv(const RidgePath& path, std::vector<double> lambdas) {
    std::vector<double> scores;
    for (const double lambda : lambdas)
        scores.push_back(lambda < path.smallest_lambda()
                             ? infinity
                             : path.evaluate(lambda).generalised_cross_validation);
    return select_lambda(std::move(lambdas), std::move(scores));
}

std::vector<double> validation_errors(const RidgePath& path, const RidgeAccumulator& held_out,
                                      std::span<const double> lambdas) {
    check_held_out(path, held_out);
    use_blas_on_one_thread();
    std::vector<double> errors(lambdas.size(), infinity);
    const Candidates models = candidates(path, lambdas);
    const Eigen::RowVectorXd squares = accumulated_squares(held_out.statistics(), models) +
                                       pending_squares(held_out.pending(), models);
    const Index targets = path.target_count();
    const auto pending = as_eigen(held_out.pending().targets_and_one()).col(targets);
    const double weight = held_out.statistics().weight + pending.squaredNorm();
    for (std::size_t i = 0; i < models.numbers.size(); ++i)
        errors[models.numbers[i]] =
            squares.segment(static_cast<Index>(i) * targets, targets).sum() /
            (weight * static_cast<double>(targets));
    return errors;
}

}  // namespace sketchntk
