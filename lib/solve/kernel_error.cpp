#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/dense_cholesky.hpp"
#include "solve/tridiagonal.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/kernel_error.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace sketchntk {

namespace {

constexpr Index block_size = 256;
// Features that are widened to float64 at once: buffers stay in the cache.
constexpr Index widened_columns = 512;

Index block_count(Index size) {
    return (size + block_size - 1) / block_size;
}

std::string shape(MatrixView<const double> matrix) {
    return std::to_string(matrix.rows()) + " x " + std::to_string(matrix.columns());
}

void check(MatrixView<const double> approximation, MatrixView<const double> kernel, double lambda) {
    if (kernel.rows() != kernel.columns() || approximation.rows() != kernel.rows() ||
        approximation.columns() != kernel.columns())
        throw DimensionMismatch("kernel error: expected two square matrices of one size, got " +
                                shape(approximation) + " and " + shape(kernel));
    if (kernel.rows() == 0) throw InvalidArgument("kernel error: the kernel has no rows");
    if (!(std::isfinite(lambda) && lambda > 0))
        throw InvalidArgument("kernel error: lambda: expected a finite number above 0, got " +
                              std::to_string(lambda));
}

Matrix<double> difference(MatrixView<const double> a, MatrixView<const double> b) {
    Matrix<double> result(a.rows(), a.columns());
    for (Index i = 0; i < a.rows(); ++i)
        for (Index j = 0; j <= i; ++j) result(j, i) = result(i, j) = a(i, j) - b(i, j);
    return result;
}

// The Frobenius norm of a symmetric matrix, from its lower triangle.
double norm(MatrixView<const double> matrix) {
    double squares = 0;
    for (Index i = 0; i < matrix.rows(); ++i)
        for (Index j = 0; j <= i; ++j) squares += (i == j ? 1 : 2) * matrix(i, j) * matrix(i, j);
    return std::sqrt(squares);
}

double trace(MatrixView<const double> matrix) {
    double sum = 0;
    for (Index i = 0; i < matrix.rows(); ++i) sum += matrix(i, i);
    return sum;
}

std::vector<double> eigenvalues(Matrix<double>&& symmetric, const Execution& execution) {
    return TridiagonalForm(std::move(symmetric), execution).eigenvalues();
}

// The Cholesky factor of K + penalty I.
Matrix<double> penalised_factor(MatrixView<const double> kernel, double penalty) {
    Matrix<double> factor(kernel.rows(), kernel.columns());
    for (Index i = 0; i < kernel.rows(); ++i) {
        std::copy_n(kernel.row(i).data(), i + 1, factor.row(i).data());
        factor(i, i) += penalty;
    }
    const FailedPivot failed = factor_lower(factor.view());
    if (failed.number >= 0)
        throw NumericalError("kernel error: the penalised kernel is not positive definite (pivot " +
                             std::to_string(failed.number + 1) + " is " +
                             std::to_string(failed.value) + "); a larger lambda would help");
    return factor;
}

// matrix := L^-1 matrix, columns going to the threads.
void divide_from_left(const Matrix<double>& factor, Matrix<double>& matrix,
                      const Execution& execution) {
    parallel_for(execution, block_count(matrix.columns()), [&](Index b) {
        const Index first = b * block_size;
        auto columns = as_eigen(
            matrix.view().middle_columns(first, std::min(block_size, matrix.columns() - first)));
        as_eigen(factor).template triangularView<Eigen::Lower>().solveInPlace(columns);
    });
}

}  // namespace

Matrix<double> feature_gram(MatrixView<const float> features, const Execution& execution) {
    use_blas_on_one_thread();
    const Index rows = features.rows();
    Matrix<double> gram(rows, rows);
    const Index blocks = block_count(rows);
    parallel_for(execution, blocks * blocks, [&](Index task) {
        const Index i = task / blocks * block_size;
        const Index j = task % blocks * block_size;
        if (j > i) return;
        auto tile = as_eigen(gram.view()
                                 .middle_rows(i, std::min(block_size, rows - i))
                                 .middle_columns(j, std::min(block_size, rows - j)));
        for (Index k = 0; k < features.columns(); k += widened_columns) {
            const auto part =
                features.middle_columns(k, std::min(widened_columns, features.columns() - k));
            const RowMajor<double> left =
                as_eigen(part.middle_rows(i, tile.rows())).template cast<double>();
            const RowMajor<double> right =
                as_eigen(part.middle_rows(j, tile.cols())).template cast<double>();
            tile.noalias() += left * right.transpose();
        }
        if (j < i)
            as_eigen(gram.view().middle_rows(j, tile.cols()).middle_columns(i, tile.rows())) =
                tile.transpose();
    });
    return gram;
}

KernelError kernel_error(MatrixView<const double> approximation, MatrixView<const double> kernel,
                         double lambda, const Execution& execution) {
    check(approximation, kernel, lambda);
    use_blas_on_one_thread();
    const double kernel_trace = trace(kernel);
    const double kernel_norm = norm(kernel);
    if (!(kernel_trace > 0) || !std::isfinite(kernel_norm))
        throw NumericalError("kernel error: expected a finite kernel with a positive trace, got " +
                             std::to_string(kernel_trace));
    KernelError error;
    error.frobenius = norm(difference(approximation, kernel)) / kernel_norm;
    for (const double value : eigenvalues(difference(approximation, kernel), execution))
        error.trace += std::abs(value) / kernel_trace;
    // L^-1 (K^ + p I) L^-T = I + L^-1 (K^ - K) L^-T has the eigenvalues in question, and small
    // deviations from 1 keep their digits.
    const Matrix<double> factor =
        penalised_factor(kernel, lambda * kernel_trace / static_cast<double>(kernel.rows()));
    Matrix<double> deviation = difference(approximation, kernel);
    divide_from_left(factor, deviation, execution);
    as_eigen(deviation).transposeInPlace();
    divide_from_left(factor, deviation, execution);
    const std::vector<double> deviations = eigenvalues(std::move(deviation), execution);
    error.smallest_ratio = 1 + deviations.front();
    error.largest_ratio = 1 + deviations.back();
    return error;
}

KernelError kernel_error(MatrixView<const float> features, MatrixView<const double> kernel,
                         double lambda, const Execution& execution) {
    if (features.rows() != kernel.rows())
        throw DimensionMismatch("kernel error: " + std::to_string(features.rows()) +
                                " rows of features for a kernel of " + shape(kernel));
    return kernel_error(feature_gram(features, execution).view(), kernel, lambda, execution);
}

}  // namespace sketchntk
