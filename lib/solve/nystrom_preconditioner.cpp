#include "solve/nystrom_preconditioner.hpp"

#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/dense_cholesky.hpp"
#include "solve/rounded_text.hpp"
#include "solve/row_products.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

constexpr Index strip_rows = 512;

Index strip_count(Index size) {
    return (size + strip_rows - 1) / strip_rows;
}

// The lower triangle of F^T F, as the normal equations of a regression on F have it.
Matrix<double> gram_of_columns(const Matrix<float>& factor, const Execution& execution) {
    RidgeAccumulator accumulator(factor.columns(), 0);
    accumulator.add(factor, Matrix<double>(factor.rows(), 0), execution);
    return std::move(accumulator).release(execution).gram;
}

Matrix<double> shifted_factor(const Matrix<double>& gram, double shift) {
    Matrix<double> matrix = gram;
    as_eigen(matrix).diagonal().array() += shift;
    const FailedPivot failed = factor_lower(matrix.view());
    if (failed.number >= 0)
        throw NumericalError("preconditioner: its Gram matrix plus " + rounded_text(shift) +
                             " is not positive definite in float64 (pivot " +
                             std::to_string(failed.number + 1) + " is " +
                             rounded_text(failed.value) + "); raise lambda");
    return matrix;
}

}  // namespace

NystromPreconditioner::NystromPreconditioner(Matrix<float> factor, std::span<const double> shifts,
                                             const Execution& execution)
    : factor_(std::move(factor)), shifts_(shifts.begin(), shifts.end()) {
    use_blas_on_one_thread();
    const Matrix<double> gram = gram_of_columns(factor_, execution);
    for (const double shift : shifts_) cholesky_.push_back(shifted_factor(gram, shift));
}

Matrix<double> NystromPreconditioner::apply(const Matrix<double>& vectors,
                                            std::span<const Index> shift_of,
                                            const Execution& execution) const {
    const Index count = vectors.rows();
    const Index strips = strip_count(factor_.rows());
    const auto strip = [&](Index s) {
        const Index first = s * strip_rows;
        return factor_.view().middle_rows(first, std::min(strip_rows, factor_.rows() - first));
    };
    Matrix<double> terms(strips * count, rank());
    parallel_for(execution, strips, [&](Index s) {
        for (Index v = 0; v < count; ++v)
            add_combination(strip(s), vectors.row(v).data() + s * strip_rows,
                            terms.row(s * count + v).data());
    });
    Matrix<double> solved(count, rank());
    parallel_for(execution, count, [&](Index v) {
        auto sum = as_eigen(solved).row(v);
        for (Index s = 0; s < strips; ++s) sum += as_eigen(terms).row(s * count + v);
        const auto lower =
            as_eigen(cholesky_[static_cast<std::size_t>(shift_of[static_cast<std::size_t>(v)])])
                .triangularView<Eigen::Lower>();
        Eigen::VectorXd column = -sum.transpose();
        lower.solveInPlace(column);
        lower.transpose().solveInPlace(column);
        sum = column.transpose();
    });
    Matrix<double> result = vectors;
    parallel_for(execution, strips, [&](Index s) {
        const MatrixView<const float> rows = strip(s);
        for (Index v = 0; v < count; ++v) {
            double* out = result.row(v).data() + s * strip_rows;
            add_products(rows, solved.row(v).data(), out);
            const double shift =
                shifts_[static_cast<std::size_t>(shift_of[static_cast<std::size_t>(v)])];
            for (Index i = 0; i < rows.rows(); ++i) out[i] /= shift;
        }
    });
    return result;
}

Index NystromPreconditioner::bytes(Index size, Index rank, Index shifts, Index vectors) {
    const Index terms = strip_count(size) * vectors * rank + shifts * rank * rank;
    return RidgeAccumulator::bytes(rank, 0) + size * rank * static_cast<Index>(sizeof(float)) +
           (terms + size * vectors) * static_cast<Index>(sizeof(double));
}

}  // namespace sketchntk
