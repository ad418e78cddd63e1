#include "solve/dense_cholesky.hpp"

#include "core/eigen.hpp"
#include "solve/lapack.hpp"

#include <Eigen/Cholesky>

#include <cmath>

namespace sketchntk {

namespace {

#ifdef SKETCHNTK_HAS_OPENBLAS

void potrf(const int* order, float* entries, int* info) {
    spotrf_("U", order, entries, order, info, 1);
}
void potrf(const int* order, double* entries, int* info) {
    dpotrf_("U", order, entries, order, info, 1);
}

// A row-major lower triangle is a column-major upper one.
template <typename T>
FailedPivot factor(MatrixView<T> matrix) {
    const int order = static_cast<int>(matrix.rows());
    int info = 0;
    potrf(&order, matrix.data(), &info);
    if (info == 0) return {};
    return {info - 1, static_cast<double>(matrix(info - 1, info - 1))};
}

#else

// Eigen does not say where it stopped; the plain algorithm, on a copy, does.
template <typename T>
FailedPivot find_failed_pivot(RowMajor<T> matrix) {
    for (Index j = 0; j < matrix.rows(); ++j) {
        const T pivot = matrix(j, j) - matrix.row(j).head(j).squaredNorm();
        if (!(pivot > T(0))) return {j, static_cast<double>(pivot)};
        matrix(j, j) = std::sqrt(pivot);
        for (Index i = j + 1; i < matrix.rows(); ++i)
            matrix(i, j) =
                (matrix(i, j) - matrix.row(i).head(j).dot(matrix.row(j).head(j))) / matrix(j, j);
    }
    return {matrix.rows() - 1, 0.0};
}

template <typename T>
FailedPivot factor(MatrixView<T> matrix) {
    const RowMajor<T> original = as_eigen(matrix);
    auto in_place = as_eigen(matrix);
    const Eigen::LLT<Eigen::Ref<RowMajor<T>, 0, Eigen::OuterStride<> > > result(in_place);
    if (result.info() == Eigen::Success) return {};
    return find_failed_pivot<T>(original);
}

#endif

}  // namespace

FailedPivot factor_lower(MatrixView<float> matrix) {
    return factor(matrix);
}
FailedPivot factor_lower(MatrixView<double> matrix) {
    return factor(matrix);
}

}  // namespace sketchntk
