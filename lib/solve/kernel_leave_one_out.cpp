#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/quadratic_forms.hpp"
#include "solve/rounded_text.hpp"
#include "solve/tridiagonal.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/kernel_leave_one_out.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

void check_arguments(const KernelTiles<double>& kernel, MatrixView<const double> targets,
                     std::span<const double> lambdas) {
    const Index rows = kernel.rows();
    if (kernel.columns() != rows || !kernel.symmetric())
        throw DimensionMismatch("kernel: expected a symmetric one, K(X, X), got " +
                                std::to_string(rows) + " x " + std::to_string(kernel.columns()));
    if (targets.rows() != rows || targets.columns() < 1)
        throw DimensionMismatch(
            "targets: expected " + std::to_string(rows) + " rows and at least one column, got " +
            std::to_string(targets.rows()) + " x " + std::to_string(targets.columns()));
    if (rows < 2 || rows > leave_one_out_row_limit)
        throw InvalidArgument("kernel: expected 2 to " + std::to_string(leave_one_out_row_limit) +
                              " rows, got " + std::to_string(rows) + "; take a sample");
    if (lambdas.empty() || !(lambdas.front() >= 0.0) ||
        std::adjacent_find(lambdas.begin(), lambdas.end(), std::greater_equal<>()) != lambdas.end())
        throw InvalidArgument("lambdas: expected ascending values, 0 or more");
}

Matrix<double> full_kernel(const KernelTiles<double>& kernel, const Execution& execution) {
    constexpr Index strip = 256;
    const Index size = kernel.rows();
    Matrix<double> matrix(size, size);
    parallel_for(execution, (size + strip - 1) / strip, [&](Index i) {
        const Index first = i * strip;
        kernel.tile(first, 0, matrix.view().middle_rows(first, std::min(strip, size - first)));
    });
    return matrix;
}

// H K H + deflation 1 1^T / n with H = I - 1 1^T / n: the zero eigenvalue of the constant vector,
// on which targets about their mean do not depend, is moved away from the small ones.
void centre(Matrix<double>& matrix, double deflation, const Execution& execution) {
    const auto size = static_cast<double>(matrix.rows());
    const Eigen::VectorXd means = as_eigen(matrix).rowwise().mean();
    const double constant = means.mean() + deflation / size;
    parallel_for(execution, matrix.rows(), [&](Index i) {
        for (Index j = 0; j < matrix.columns(); ++j) matrix(i, j) += constant - means(i) - means(j);
    });
}

Matrix<double> centred_targets(MatrixView<const double> targets, Intercept intercept) {
    Matrix<double> result(targets.rows(), targets.columns());
    as_eigen(result) = as_eigen(targets);
    if (intercept == Intercept::fitted)
        as_eigen(result).rowwise() -= as_eigen(targets).colwise().mean().eval();
    if (!as_eigen(result).allFinite())
        throw InvalidArgument("targets: expected finite numbers, got one that is not");
    return result;
}

// Sums of squared errors for each shift; column i of `rotation` is row i of Q.
std::vector<double> squared_errors(const QuadraticForms& forms, const Matrix<double>& rotation,
                                   std::span<const double> constant_leverages,
                                   const Execution& execution) {
    constexpr Index width = QuadraticForms::block_columns;
    const Index size = rotation.rows();
    const Index shifts = forms.shift_count();
    const Index targets = forms.target_count();
    Matrix<double> block_sums((size + width - 1) / width, shifts);
    parallel_for(execution, block_sums.rows(), [&](Index block) {
        Matrix<double> inverse_diagonal(shifts, width);
        Matrix<double> inverse_times_targets(shifts * targets, width);
        forms.evaluate_block(rotation, block * width, inverse_diagonal, inverse_times_targets);
        const Index count = std::min(width, size - block * width);
        for (Index s = 0; s < shifts; ++s) {
            const auto divisors = as_eigen(inverse_diagonal).row(s).head(count).array() -
                                  constant_leverages[static_cast<std::size_t>(s)];
            for (Index j = 0; j < targets; ++j)
                block_sums(block, s) +=
                    (as_eigen(inverse_times_targets).row(s * targets + j).head(count).array() /
                     divisors)
                        .square()
                        .sum();
        }
    });
    std::vector<double> sums(static_cast<std::size_t>(shifts), 0.0);
    for (Index block = 0; block < block_sums.rows(); ++block)
        for (Index s = 0; s < shifts; ++s)
            sums[static_cast<std::size_t>(s)] += block_sums(block, s);
    return sums;
}

}  // namespace

std::vector<double> leave_one_out_errors(const KernelTiles<double>& kernel,
                                         MatrixView<const double> targets,
                                         std::span<const double> lambdas,
                                         const Execution& execution, Intercept intercept) {
    check_arguments(kernel, targets, lambdas);
    use_blas_on_one_thread();
    const auto size = static_cast<double>(kernel.rows());
    Matrix<double> columns = centred_targets(targets, intercept);
    Matrix<double> matrix = full_kernel(kernel, execution);
    const double trace = as_eigen(matrix).trace();
    if (!as_eigen(matrix).allFinite() || !(trace > 0.0))
        throw NumericalError(
            "the kernel matrix is not finite or its diagonal not positive: check "
            "the data");
    const bool centred = intercept == Intercept::fitted;
    if (centred) centre(matrix, trace, execution);

    const TridiagonalForm form(std::move(matrix), execution);
    form.multiply_transposed(columns, execution);
    const std::vector<double> eigenvalues = form.eigenvalues();
    const double floor =
        resolution(eigenvalues.back(), eigenvalues.front()) - std::max(0.0, eigenvalues.front());
    std::vector<double> shifts;
    std::vector<double> constant_leverages;
    for (const double lambda : lambdas) {
        const double shift = lambda * trace / size;
        if (shift < floor) continue;
        shifts.push_back(shift);
        constant_leverages.push_back(centred ? 1.0 / (size * (trace + shift)) : 0.0);
    }
    const QuadraticForms forms(form, columns, shifts);
    const std::vector<double> sums = squared_errors(
        forms, form.transposed_orthogonal_factor(execution), constant_leverages, execution);
    std::vector<double> errors(lambdas.size() - sums.size(),
                               std::numeric_limits<double>::infinity());
    for (const double sum : sums)
        errors.push_back(sum / (size * static_cast<double>(targets.columns())));
    return errors;
}

LambdaChoice select_lambda_on_sample(const KernelTiles<double>& kernel,
                                     MatrixView<const double> targets, std::vector<double> lambdas,
                                     const Execution& execution, Intercept intercept) {
    auto errors = leave_one_out_errors(kernel, targets, lambdas, execution, intercept);
    return select_lambda(std::move(lambdas), std::move(errors));
}

}  // namespace sketchntk
