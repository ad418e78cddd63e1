#include "features/leading_subspace.hpp"

#include "features/parallel_product.hpp"

#include <sketchntk/core/error.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <algorithm>
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

/// product = matrix * basis, for the matrix in question.
using Multiply = std::function<void(const Matrix<double>& basis, Matrix<double>& product)>;

Matrix<double> power_iteration(Index dimension, const Multiply& multiply_matrix, Index count,
                               int iterations, Seed seed, const Execution& execution) {
    Matrix<double> basis(dimension, count);
    const RandomStream stream(seed, 0);
    std::vector<float> normal(static_cast<std::size_t>(count));
    for (Index i = 0; i < basis.rows(); ++i) {
        stream.fill_normal(i, 0, normal);
        std::copy(normal.begin(), normal.end(), basis.row(i).begin());
    }
    Matrix<double> product(dimension, count);
    for (int iteration = 0; iteration < iterations; ++iteration) {
        multiply_matrix(basis, product);
        std::swap(basis, product);
        orthonormalise(basis, execution);
    }
    return basis;
}

double squared_norm(MatrixView<const float> rows) {
    double sum = 0;
    for (Index i = 0; i < rows.rows(); ++i)
        sum += static_cast<double>(as_eigen(rows).row(i).squaredNorm());
    return sum;
}

/// image = rows * basis, and back.
class RowProducts {
  public:
    RowProducts(MatrixView<const float> rows, Index columns, const Execution& execution)
        : rows_(rows),
          execution_(execution),
          basis_(rows.columns(), columns),
          image_(rows.rows(), columns) {}

    const Matrix<float>& image_of(const Matrix<double>& basis) {
        as_eigen(basis_) = as_eigen(basis).cast<float>();
        const auto strip = [this](Index first, Index count) {
            return as_eigen(rows_.middle_rows(first, count));
        };
        multiply_strips(execution_, strip, as_eigen(basis_), image_.view());
        return image_;
    }

    const Matrix<float>& second_moments_times(const Matrix<double>& basis) {
        static_cast<void>(image_of(basis));
        const auto strip = [this](Index first, Index count) {
            return as_eigen(rows_.middle_columns(first, count)).transpose();
        };
        multiply_strips(execution_, strip, as_eigen(image_), basis_.view());
        return basis_;
    }

  private:
    MatrixView<const float> rows_;
    const Execution& execution_;
    Matrix<float> basis_;
    Matrix<float> image_;
};

Matrix<double> identity(Index size) {
    Matrix<double> result(size, size);
    for (Index i = 0; i < size; ++i) result(i, i) = 1;
    return result;
}

}  // namespace

Matrix<double> leading_subspace(const Matrix<double>& matrix, Index count, int iterations,
                                Seed seed, const Execution& execution) {
    return power_iteration(
        matrix.rows(),
        [&](const Matrix<double>& basis, Matrix<double>& product) {
            multiply(execution, matrix, basis, product);
        },
        count, iterations, seed, execution);
}

PrincipalComponents principal_components(MatrixView<const float> rows, Index count,
                                         const Execution& execution) {
    constexpr int iterations = 6;
    constexpr Index oversampling = 8;
    // From this share of the dimensions on all eigenvectors cost no more.
    constexpr Index dimensions_for_each = 2;
    const Index dimension = rows.columns();
    const bool all = dimensions_for_each * (count + oversampling) >= dimension;
    const Index sought = all ? dimension : count + oversampling;
    PrincipalComponents components{Matrix<float>(dimension, 0), {}, squared_norm(rows)};
    if (components.total == 0) return components;

    RowProducts products(rows, sought, execution);
    // With some of the identity the rank is full even where there are fewer rows than columns are
    // sought; the eigenvectors are the same.
    constexpr double identity_share = 1e-6;
    const double shift = identity_share * components.total / static_cast<double>(sought);
    const auto multiply_shifted = [&](const Matrix<double>& from, Matrix<double>& product) {
        as_eigen(product) =
            as_eigen(products.second_moments_times(from)).cast<double>() + shift * as_eigen(from);
    };
    const Matrix<double> basis =
        all ? identity(dimension)
            : power_iteration(dimension, multiply_shifted, sought, iterations, Seed{}, execution);

    const Matrix<float>& image = products.image_of(basis);
    Matrix<float> inner(sought, sought);
    multiply_transposed_left(execution, image, image, inner);
    // In long double, for which Eigen does not call BLAS: OpenBLAS's dsymv for SSE3, which tests
    // and programs other than ours may get, crashed once in some hundred thousand calls.
    using Precise = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
    const Eigen::SelfAdjointEigenSolver<Precise> eigen(as_eigen(inner).cast<long double>());
    if (eigen.info() != Eigen::Success)
        throw NumericalError("principal components: eigenvalues were not found");
    const Index kept = std::min(count, sought);
    components.vectors = Matrix<float>(dimension, kept);
    const Eigen::MatrixXd rotation =
        eigen.eigenvectors().rowwise().reverse().leftCols(kept).cast<double>();
    as_eigen(components.vectors) = (as_eigen(basis) * rotation).cast<float>();
    for (Index k = 0; k < kept; ++k)
        components.shares.push_back(
            std::max(static_cast<double>(eigen.eigenvalues()(sought - 1 - k)), 0.0) /
            components.total);
    return components;
}

}  // namespace sketchntk
