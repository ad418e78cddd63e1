#include "features/leading_subspace.hpp"

#include "features/parallel_product.hpp"

#include <sketchntk/core/error.hpp>

#include <Eigen/Cholesky>

#include <limits>

namespace sketchntk {

namespace {

// basis <- basis R^-1 with R^T R = basis^T basis. Twice, since the first time leaves an error of
// the square of the basis' condition number; the shift lets that one pass for any basis (Fukaya et
// al. 2020).
void orthonormalise(Matrix<double>& basis, const Execution& execution) {
    Matrix<double> inner(basis.columns(), basis.columns());
    Matrix<double> result(basis.rows(), basis.columns());
    for (const bool shifted : {true, false, false}) {
        multiply_transposed_left(execution, basis, basis, inner);
        Eigen::MatrixXd products = as_eigen(inner);
        if (shifted)
            products.diagonal().array() += 10 * std::numeric_limits<double>::epsilon() *
                                           static_cast<double>(basis.rows()) *
                                           products.diagonal().maxCoeff();
        const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>, Eigen::Upper> factor(products);
        if (factor.info() != Eigen::Success)
            throw NumericalError("leading subspace: the matrix has too low a rank");
        const Eigen::MatrixXd inverse =
            factor.matrixU().solve(Eigen::MatrixXd::Identity(basis.columns(), basis.columns()));
        Matrix<double> factor_inverse(basis.columns(), basis.columns());
        as_eigen(factor_inverse) = inverse;
        multiply(execution, basis, factor_inverse, result);
        std::swap(basis, result);
    }
}

}  // namespace

Matrix<double> leading_subspace(const Matrix<double>& matrix, Index count, int iterations,
                                Seed seed, const Execution& execution) {
    Matrix<double> basis(matrix.rows(), count);
    const RandomStream stream(seed, 0);
    std::vector<float> normal(static_cast<std::size_t>(count));
    for (Index i = 0; i < basis.rows(); ++i) {
        stream.fill_normal(i, 0, normal);
        std::copy(normal.begin(), normal.end(), basis.row(i).begin());
    }
    Matrix<double> product(matrix.rows(), count);
    for (int iteration = 0; iteration < iterations; ++iteration) {
        multiply(execution, matrix, basis, product);
        std::swap(basis, product);
        orthonormalise(basis, execution);
    }
    return basis;
}

}  // namespace sketchntk
