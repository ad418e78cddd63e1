#include "solve/tridiagonal.hpp"

#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/band_reduction.hpp"
#include "solve/bulge_chasing.hpp"
#include "solve/lapack.hpp"
#include "solve/rounded_text.hpp"

#include <sketchntk/core/error.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

double largest_magnitude(const Matrix<double>& matrix, const Execution& execution) {
    std::vector<double> of_rows(static_cast<std::size_t>(matrix.rows()));
    parallel_for(execution, matrix.rows(), [&](Index i) {
        of_rows[static_cast<std::size_t>(i)] =
            as_eigen(matrix).row(i).head(i + 1).cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
    });
    const auto not_finite =
        std::find_if_not(of_rows.begin(), of_rows.end(), [](double x) { return std::isfinite(x); });
    if (not_finite != of_rows.end())
        throw NumericalError("the matrix to be reduced is not finite in row " +
                             std::to_string(not_finite - of_rows.begin()));
    return *std::max_element(of_rows.begin(), of_rows.end());
}

// Of a power of two near `largest` by which, as by its inverse, one can multiply.
int scale_exponent(double largest) {
    constexpr int limit = 1000;
    int exponent = 0;
    std::frexp(largest, &exponent);
    return std::clamp(exponent, -limit, limit);
}

void scale_lower_triangle(Matrix<double>& matrix, int exponent, const Execution& execution) {
    const double factor = std::ldexp(1.0, exponent);
    parallel_for(execution, matrix.rows(),
                 [&](Index i) { as_eigen(matrix).row(i).head(i + 1) *= factor; });
}

void transpose(Matrix<double>& square, const Execution& execution) {
    constexpr Index edge = 64;
    const Index size = square.rows();
    parallel_for(execution, (size + edge - 1) / edge, [&](Index strip) {
        auto matrix = as_eigen(square);
        const Index row = strip * edge;
        const Index rows = std::min(edge, size - row);
        for (Index column = 0; column < row; column += edge) {
            auto lower = matrix.block(row, column, rows, edge);
            auto upper = matrix.block(column, row, edge, rows);
            const RowMajor<double> moved = lower;
            lower = upper.transpose();
            upper = moved.transpose();
        }
        matrix.block(row, row, rows, rows).transposeInPlace();
    });
}

void scale_back(std::vector<double>& values, int exponent) {
    for (double& value : values) {
        value = std::ldexp(value, exponent);
        if (!std::isfinite(value))
            throw NumericalError("the eigenvalues of a matrix are beyond the range of float64");
    }
}

}  // namespace

TridiagonalForm::TridiagonalForm(Matrix<double>&& symmetric, const Execution& execution)
    : reflectors_(std::move(symmetric)),
      diagonal_(static_cast<std::size_t>(reduced_size())),
      off_diagonal_(static_cast<std::size_t>(reduced_size() - 1)) {
    // Only so that no square of an entry that counts overflows or loses digits.
    constexpr int harmless = 100;
    int exponent = scale_exponent(largest_magnitude(reflectors_, execution));
    if (std::abs(exponent) <= harmless) exponent = 0;
    if (exponent != 0) scale_lower_triangle(reflectors_, -exponent, execution);
    SymmetricBand band(size());
    block_factors_ = reduce_to_band(reflectors_, band, band_tile_edge(size()), execution);
    chase_bulges(band, reflectors_, diagonal_, off_diagonal_, execution);
    scale_back(diagonal_, exponent);
    scale_back(off_diagonal_, exponent);
}

TridiagonalForm TridiagonalForm::of_row_products(Matrix<double>&& rows,
                                                 const Execution& execution) {
    RowSpace row_space(std::move(rows), execution);
    const auto size = static_cast<std::size_t>(row_space.column_count());
    TridiagonalForm form(row_space.gram(), execution);
    form.diagonal_.resize(size);
    form.off_diagonal_.resize(size - 1);
    form.row_space_ = std::move(row_space);
    return form;
}

std::vector<double> TridiagonalForm::eigenvalues() const {
    std::vector<double> values = reduced_eigenvalues();
    const auto zeros = static_cast<std::size_t>(size() - reduced_size());
    values.insert(std::lower_bound(values.begin(), values.end(), 0.0), zeros, 0.0);
    return values;
}

#ifdef SKETCHNTK_HAS_OPENBLAS

std::vector<double> TridiagonalForm::reduced_eigenvalues() const {
    if (reduced_size() > std::numeric_limits<int>::max())
        throw InvalidArgument("features: more than LAPACK can count: " +
                              std::to_string(reduced_size()));
    const auto order = static_cast<int>(reduced_size());
    std::vector<double> values(diagonal_.begin(), diagonal_.begin() + order);
    std::vector<double> scratch(off_diagonal_.begin(), off_diagonal_.begin() + order - 1);
    int info = 0;
    dsterf_(&order, values.data(), scratch.data(), &info);
    if (info != 0) throw NumericalError("the eigenvalues of the Gram matrix did not converge");
    return values;
}

#else

// Eigen compares squares of off-diagonal entries with diagonal entries: those must be about 1.
std::vector<double> TridiagonalForm::reduced_eigenvalues() const {
    Eigen::VectorXd diagonal = Eigen::Map<const Eigen::VectorXd>(diagonal_.data(), reduced_size());
    Eigen::VectorXd off_diagonal =
        Eigen::Map<const Eigen::VectorXd>(off_diagonal_.data(), reduced_size() - 1);
    double largest = diagonal.cwiseAbs().maxCoeff();
    for (const double entry : off_diagonal_) largest = std::max(largest, std::abs(entry));
    const int exponent = scale_exponent(largest);
    diagonal *= std::ldexp(1.0, -exponent);
    off_diagonal *= std::ldexp(1.0, -exponent);
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(diagonal, off_diagonal, Eigen::EigenvaluesOnly);
    if (solver.info() != Eigen::Success)
        throw NumericalError("the eigenvalues of the Gram matrix did not converge");
    std::vector<double> values(solver.eigenvalues().begin(), solver.eigenvalues().end());
    scale_back(values, exponent);
    return values;
}

#endif

void TridiagonalForm::multiply_transposed(Matrix<double>& columns,
                                          const Execution& execution) const {
    constexpr auto which = OrthogonalFactor::transposed;
    if (row_space_) row_space_->multiply(which, columns, execution);
    const auto leading = columns.view().middle_rows(0, reduced_size());
    multiply_by_band_factor(reflectors_, block_factors_, which, leading, execution);
    multiply_by_chase_factor(reflectors_, which, leading, execution);
}

void TridiagonalForm::multiply(Matrix<double>& columns, const Execution& execution) const {
    constexpr auto which = OrthogonalFactor::plain;
    const auto leading = columns.view().middle_rows(0, reduced_size());
    multiply_by_chase_factor(reflectors_, which, leading, execution);
    multiply_by_band_factor(reflectors_, block_factors_, which, leading, execution);
    if (row_space_) row_space_->multiply(which, columns, execution);
}

Matrix<double> TridiagonalForm::transposed_orthogonal_factor(const Execution& execution) const {
    Matrix<double> factor(size(), size());
    as_eigen(factor).setIdentity();
    multiply(factor, execution);
    transpose(factor, execution);
    return factor;
}

Index TridiagonalForm::bytes(Index size) {
    return band_reduction_bytes(size) + SymmetricBand::bytes(size) +
           2 * size * static_cast<Index>(sizeof(double));
}

Index TridiagonalForm::row_bytes(Index rows) {
    return 2 * rows * rows * static_cast<Index>(sizeof(double)) + bytes(rows);
}

ShiftedTridiagonal::ShiftedTridiagonal(std::span<const double> diagonal,
                                       std::span<const double> off_diagonal, double shift)
    : multipliers_(diagonal.size(), 0.0), inverse_pivots_(diagonal.size()) {
    for (std::size_t k = 0; k < diagonal.size(); ++k) {
        double pivot = diagonal[k] + shift;
        if (k > 0) {
            multipliers_[k] = off_diagonal[k - 1] * inverse_pivots_[k - 1];
            pivot -= multipliers_[k] * off_diagonal[k - 1];
        }
        if (!(pivot > 0.0))
            throw NumericalError("the shifted Gram matrix is not positive definite at shift " +
                                 rounded_text(shift) + ": raise lambda");
        inverse_pivots_[k] = 1.0 / pivot;
    }
}

void ShiftedTridiagonal::half_solve(Matrix<double>& columns) const {
    for (Index k = 1; k < columns.rows(); ++k)
        as_eigen(columns).row(k) -=
            multipliers_[static_cast<std::size_t>(k)] * as_eigen(columns).row(k - 1);
    for (Index k = 0; k < columns.rows(); ++k)
        as_eigen(columns).row(k) *= inverse_pivots_[static_cast<std::size_t>(k)];
}

void ShiftedTridiagonal::solve(Matrix<double>& columns) const {
    half_solve(columns);
    for (Index k = columns.rows() - 2; k >= 0; --k)
        as_eigen(columns).row(k) -=
            multipliers_[static_cast<std::size_t>(k + 1)] * as_eigen(columns).row(k + 1);
}

double resolution(double largest, double smallest) {
    return std::max(16.0 * std::numeric_limits<double>::epsilon() * largest, -2.0 * smallest);
}

}  // namespace sketchntk
