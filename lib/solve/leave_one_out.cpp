#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/quadratic_forms.hpp"
#include "solve/tridiagonal.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/leave_one_out.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

constexpr double infinite_error = std::numeric_limits<double>::infinity();

// 1 - h below this has lost half of its digits to cancellation: then neither it nor the residual it
// divides means much.
constexpr double smallest_remainder = 1.5e-8;

std::vector<double> checked_lambdas(std::vector<double> lambdas, const RidgePath& path) {
    if (lambdas.empty()) throw InvalidArgument("lambdas: expected at least one, got none");
    if (std::adjacent_find(lambdas.begin(), lambdas.end(), std::greater_equal<>()) != lambdas.end())
        throw InvalidArgument("lambdas: expected ascending values");
    if (path.target_count() < 1) throw InvalidArgument("targets: expected at least one, got none");
    return lambdas;
}

// 3 m^3 + 2 n m^2 flops against 4 n m^2.
bool is_worth_forming(Index features, Index rows) {
    return 2 * rows >= 3 * features;
}

}  // namespace

LeaveOneOut::~LeaveOneOut() = default;
LeaveOneOut::LeaveOneOut(LeaveOneOut&&) noexcept = default;
LeaveOneOut& LeaveOneOut::operator=(LeaveOneOut&&) noexcept = default;

LeaveOneOut::LeaveOneOut(const RidgePath& path, std::vector<double> lambdas,
                         const Execution& execution, std::optional<Index> expected_rows)
    : lambdas_(checked_lambdas(std::move(lambdas), path)),
      unusable_(std::lower_bound(lambdas_.begin(), lambdas_.end(), path.smallest_lambda()) -
                lambdas_.begin()),
      path_rows_(path.rows()),
      intercept_leverage_(path.intercept() == Intercept::fitted ? 1.0 / path.weight() : 0.0),
      feature_means_(path.feature_means().begin(), path.feature_means().end()),
      target_means_(path.target_means().begin(), path.target_means().end()),
      form_(path.form_),
      rotation_(is_worth_forming(path.feature_count(), expected_rows.value_or(path.rows()))
                    ? form_->transposed_orthogonal_factor(execution)
                    : Matrix<double>()),
      chunk_(path.feature_count(), path.target_count()),
      rotated_(path.feature_count(), RowChunk::capacity),
      error_sums_(lambdas_.size(), 0.0) {
    use_blas_on_one_thread();
    std::vector<double> shifts(lambdas_.begin() + unusable_, lambdas_.end());
    for (double& shift : shifts) shift *= path.mean_kernel_diagonal();
    forms_ = std::make_unique<QuadraticForms>(*path.form_, path.rotated_cross_, shifts);
    std::fill_n(error_sums_.begin(), unusable_, infinite_error);
}

void LeaveOneOut::add(const RegressionRows& rows, const Execution& execution) {
    check_rows(rows, chunk_.feature_count(), chunk_.target_count(), rows_ + chunk_.rows(),
               execution);
    for (Index first = 0; first < rows.rows();) {
        first += chunk_.append(rows, first, execution);
        if (chunk_.full()) add_chunk(execution);
    }
}

void LeaveOneOut::rotate_chunk(const Execution& execution) {
    chunk_.centre(feature_means_, execution);
    const auto rows = chunk_.features();
    if (rotation_.empty()) {
        Matrix<double> columns(rows.columns(), rows.rows());
        as_eigen(columns) = as_eigen(rows).transpose();
        form_->multiply_transposed(columns, execution);
        as_eigen(rotated_).leftCols(rows.rows()) = as_eigen(columns);
        return;
    }
    constexpr Index edge = 256;
    const Index features = rotation_.rows();
    parallel_for(execution, (features + edge - 1) / edge, [&](Index block) {
        const Index first = block * edge;
        const Index count = std::min(edge, features - first);
        as_eigen(rotated_.view().middle_rows(first, count).middle_columns(0, rows.rows()))
            .noalias() =
            as_eigen(rotation_.view().middle_rows(first, count)) * as_eigen(rows).transpose();
    });
}

double LeaveOneOut::squared_errors(MatrixView<const double> truth_and_one,
                                   std::span<const double> leverages,
                                   MatrixView<const double> predictions) const {
    double sum = 0.0;
    for (Index i = 0; i < truth_and_one.rows(); ++i) {
        const double root_weight = truth_and_one(i, predictions.rows());
        const double remainder = 1.0 - root_weight * root_weight * intercept_leverage_ -
                                 leverages[static_cast<std::size_t>(i)];
        if (!(remainder > smallest_remainder)) return infinite_error;
        for (Index j = 0; j < predictions.rows(); ++j) {
            const double residual = truth_and_one(i, j) -
                                    root_weight * target_means_[static_cast<std::size_t>(j)] -
                                    predictions(j, i);
            sum += residual * residual / (remainder * remainder);
        }
    }
    return sum;
}

void LeaveOneOut::add_chunk(const Execution& execution) {
    rotate_chunk(execution);
    constexpr Index width = QuadraticForms::block_columns;
    const Index shifts = forms_->shift_count();
    const Index targets = chunk_.target_count();
    const Index blocks = (chunk_.rows() + width - 1) / width;
    const auto truth = chunk_.targets_and_one();
    const auto vectors = std::as_const(rotated_).view().middle_columns(0, chunk_.rows());
    Matrix<double> block_sums(blocks, shifts);
    parallel_for(execution, blocks, [&](Index block) {
        Matrix<double> leverages(shifts, width);
        Matrix<double> predictions(shifts * targets, width);
        forms_->evaluate_block(vectors, block * width, leverages, predictions);
        for (Index shift = 0; shift < shifts; ++shift)
            block_sums(block, shift) = squared_errors(
                truth.middle_rows(block * width, std::min(width, truth.rows() - block * width)),
                leverages.row(shift), predictions.view().middle_rows(shift * targets, targets));
    });
    for (Index block = 0; block < blocks; ++block)
        for (Index s = 0; s < shifts; ++s)
            error_sums_[static_cast<std::size_t>(unusable_ + s)] += block_sums(block, s);
    for (Index i = 0; i < chunk_.rows(); ++i) weight_ += truth(i, targets) * truth(i, targets);
    rows_ += chunk_.rows();
    chunk_.clear();
}

std::vector<double> LeaveOneOut::mean_squared_errors(const Execution& execution) {
    if (chunk_.rows() > 0) add_chunk(execution);
    if (rows_ < 1 || rows_ > path_rows_)
        throw InvalidArgument("leave-one-out: expected some of the " + std::to_string(path_rows_) +
                              " rows of the fit, got " + std::to_string(rows_));
    std::vector<double> errors = error_sums_;
    for (double& error : errors) error /= weight_ * static_cast<double>(chunk_.target_count());
    return errors;
}

Index LeaveOneOut::bytes(Index features, Index targets, Index lambdas, Index rows) {
    const Index beside = is_worth_forming(features, rows) ? features : RowChunk::capacity;
    const Index doubles = features * beside + features * RowChunk::capacity;
    return doubles * static_cast<Index>(sizeof(double)) + RowChunk::bytes(features, targets) +
           QuadraticForms::bytes(features, targets, lambdas);
}

}  // namespace sketchntk
