#include "solve/tridiagonal.hpp"

#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "solve/lapack.hpp"
#include "solve/number_text.hpp"

#include <sketchntk/core/error.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

// Makes the matrix the same in row-major and column-major storage, in blocks that stay in cache.
void mirror_lower_triangle(Matrix<double>& matrix) {
    constexpr Index block = 64;
    const Index size = matrix.rows();
    for (Index row = 0; row < size; row += block)
        for (Index column = 0; column <= row; column += block)
            for (Index i = row; i < std::min(size, row + block); ++i)
                for (Index j = column; j < std::min(i, column + block); ++j)
                    matrix(j, i) = matrix(i, j);
}

#ifdef SKETCHNTK_HAS_OPENBLAS

int lapack_size(Index size) {
    if (size > std::numeric_limits<int>::max())
        throw InvalidArgument("features: more than LAPACK can count: " + std::to_string(size));
    return static_cast<int>(size);
}

// Calls `routine(work, work_size, info)` with the workspace that it asks for.
template <typename Routine>
void with_workspace(const char* name, const Routine& routine) {
    double wanted = 0.0;
    int info = 0;
    routine(&wanted, -1, &info);
    std::vector<double> work(static_cast<std::size_t>(std::max(1.0, wanted)));
    routine(work.data(), static_cast<int>(work.size()), &info);
    if (info != 0)
        throw NumericalError(std::string("LAPACK's ") + name +
                             " failed with info = " + std::to_string(info));
}

// Row-major columns are, to LAPACK, their transpose: Q^T C is computed as C^T Q.
void apply_from_the_right(const Matrix<double>& reflectors, const std::vector<double>& scales,
                          const char* transposition, Matrix<double>& columns) {
    const int order = lapack_size(reflectors.rows());
    const int count = lapack_size(columns.columns());
    if (count == 0) return;
    with_workspace("dormtr", [&](double* work, int size, int* info) {
        dormtr_("R", "L", transposition, &count, &order, reflectors.data(), &order, scales.data(),
                columns.data(), &count, work, &size, info, 1, 1, 1);
    });
}

#else

// The reflectors of Eigen's Tridiagonalization, in the layout that LAPACK uses too.
auto householder_sequence(const Matrix<double>& reflectors, const std::vector<double>& scales) {
    using Vectors = Eigen::Map<const Eigen::MatrixXd>;
    using Scales = Eigen::Map<const Eigen::VectorXd>;
    const Index size = reflectors.rows();
    return Eigen::HouseholderSequence<Vectors, Scales>(Vectors(reflectors.data(), size, size),
                                                       Scales(scales.data(), size - 1))
        .setLength(size - 1)
        .setShift(1);
}

#endif

}  // namespace

#ifdef SKETCHNTK_HAS_OPENBLAS

TridiagonalForm::TridiagonalForm(Matrix<double>&& symmetric) : reflectors_(std::move(symmetric)) {
    use_blas_on_one_thread();
    mirror_lower_triangle(reflectors_);
    const int order = lapack_size(size());
    diagonal_.resize(static_cast<std::size_t>(order));
    off_diagonal_.resize(static_cast<std::size_t>(order - 1));
    reflector_scales_.resize(static_cast<std::size_t>(order - 1));
    // The lower variant: some 10 % faster than the upper one.
    with_workspace("dsytrd", [&](double* work, int size, int* info) {
        dsytrd_("L", &order, reflectors_.data(), &order, diagonal_.data(), off_diagonal_.data(),
                reflector_scales_.data(), work, &size, info, 1);
    });
}

std::vector<double> TridiagonalForm::eigenvalues() const {
    std::vector<double> values = diagonal_;
    std::vector<double> scratch = off_diagonal_;
    const int order = lapack_size(size());
    int info = 0;
    dsterf_(&order, values.data(), scratch.data(), &info);
    if (info != 0) throw NumericalError("the eigenvalues of the Gram matrix did not converge");
    return values;
}

void TridiagonalForm::multiply_transposed(Matrix<double>& columns) const {
    apply_from_the_right(reflectors_, reflector_scales_, "N", columns);
}

void TridiagonalForm::multiply(Matrix<double>& columns) const {
    apply_from_the_right(reflectors_, reflector_scales_, "T", columns);
}

Matrix<double> TridiagonalForm::transposed_orthogonal_factor() const {
    Matrix<double> factor = reflectors_;
    const int order = lapack_size(size());
    with_workspace("dorgtr", [&](double* work, int size, int* info) {
        dorgtr_("L", &order, factor.data(), &order, reflector_scales_.data(), work, &size, info, 1);
    });
    return factor;
}

#else

TridiagonalForm::TridiagonalForm(Matrix<double>&& symmetric) : reflectors_(std::move(symmetric)) {
    mirror_lower_triangle(reflectors_);
    Eigen::Map<Eigen::MatrixXd> matrix(reflectors_.data(), size(), size());
    const Eigen::Tridiagonalization<Eigen::MatrixXd> reduction(matrix);
    matrix = reduction.packedMatrix();
    const Eigen::VectorXd scales = reduction.householderCoefficients();
    const Eigen::VectorXd diagonal = reduction.diagonal();
    const Eigen::VectorXd off_diagonal = reduction.subDiagonal();
    reflector_scales_.assign(scales.begin(), scales.end());
    diagonal_.assign(diagonal.begin(), diagonal.end());
    off_diagonal_.assign(off_diagonal.begin(), off_diagonal.end());
}

std::vector<double> TridiagonalForm::eigenvalues() const {
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(
        Eigen::Map<const Eigen::VectorXd>(diagonal_.data(), size()),
        Eigen::Map<const Eigen::VectorXd>(off_diagonal_.data(), size() - 1),
        Eigen::EigenvaluesOnly);
    if (solver.info() != Eigen::Success)
        throw NumericalError("the eigenvalues of the Gram matrix did not converge");
    return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
}

void TridiagonalForm::multiply_transposed(Matrix<double>& columns) const {
    if (size() == 1) return;
    as_eigen(columns) = householder_sequence(reflectors_, reflector_scales_).transpose() *
                        Eigen::MatrixXd(as_eigen(columns));
}

void TridiagonalForm::multiply(Matrix<double>& columns) const {
    if (size() == 1) return;
    as_eigen(columns) =
        householder_sequence(reflectors_, reflector_scales_) * Eigen::MatrixXd(as_eigen(columns));
}

Matrix<double> TridiagonalForm::transposed_orthogonal_factor() const {
    Matrix<double> factor(size(), size());
    as_eigen(factor).setIdentity();
    multiply_transposed(factor);
    return factor;
}

#endif

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
                                 number_text(shift) + ": raise lambda");
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
