#include "features/exact_harmonics.hpp"

#include "core/eigen.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/gegenbauer_series.hpp>
#include <sketchntk/sketches/spherical_directions.hpp>

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <string>

namespace sketchntk {

namespace {

double dot(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j)
        sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
    return sum;
}

// P_l of the cosine between two points.
class Reproducing {
  public:
    Reproducing(std::span<const double> recurrence, Index degree, Index count)
        : recurrence_(recurrence.first(static_cast<std::size_t>(degree) + 1)),
          scale_(1 / std::sqrt(static_cast<double>(count))),
          values_(recurrence_.size()) {}

    double operator()(std::span<const float> x, std::span<const float> y) {
        orthonormal_gegenbauer(recurrence_, dot(x, y), values_);
        return scale_ * values_.back();
    }

  private:
    std::span<const double> recurrence_;
    double scale_;
    std::vector<double> values_;
};

// The `count` rows of which each is, when it is taken, the one least explained by those before.
Matrix<float> general_points(const Matrix<float>& candidates, Index count, Reproducing kernel) {
    const Index n = candidates.rows();
    RowMajor<double> factor(n, count);
    Eigen::VectorXd left = Eigen::VectorXd::Ones(n);
    Matrix<float> points(count, candidates.columns());
    for (Index k = 0; k < count; ++k) {
        Index pivot = 0;
        const double most = left.maxCoeff(&pivot);
        if (!(most > 1e-9))
            throw NumericalError("zonal: " + std::to_string(n) +
                                 " random points do not determine " + std::to_string(count) +
                                 " harmonics; ask for fewer exact degrees");
        std::copy_n(candidates.row(pivot).data(), candidates.columns(), points.row(k).data());
        Eigen::VectorXd column(n);
        for (Index i = 0; i < n; ++i) column(i) = kernel(candidates.row(i), points.row(k));
        column.noalias() -= factor.leftCols(k) * factor.row(pivot).head(k).transpose();
        factor.col(k) = column / std::sqrt(most);
        left -= factor.col(k).cwiseAbs2();
        left(pivot) = 0;
    }
    return points;
}

Matrix<float> drawn_points(Index dimension, Index count, Reproducing kernel, Seed seed) {
    Matrix<float> candidates(2 * count + 16, dimension);
    sketches::SphericalDirections(candidates.rows(), dimension, seed).fill(0, candidates.view());
    return general_points(candidates, count, std::move(kernel));
}

std::vector<double> single_weight(Index degree) {
    std::vector<double> weights(static_cast<std::size_t>(degree) + 1);
    weights.back() = 1;
    return weights;
}

}  // namespace

ExactHarmonics::ExactHarmonics(Index dimension, Index degree, Index count, double coefficient,
                               std::span<const double> recurrence, Seed seed)
    : points_(drawn_points(dimension, count, Reproducing(recurrence, degree, count), seed)),
      combined_(count, count),
      polynomial_(recurrence, single_weight(degree), degree % 2 == 1) {
    Reproducing kernel(recurrence, degree, count);
    Eigen::MatrixXd gram(count, count);
    for (Index i = 0; i < count; ++i)
        for (Index j = 0; j <= i; ++j) gram(i, j) = kernel(points_.row(i), points_.row(j));
    const Eigen::LLT<Eigen::MatrixXd> cholesky(gram);
    const Eigen::MatrixXd inverse =
        cholesky.matrixL().solve(Eigen::MatrixXd::Identity(count, count));
    const double scale = std::sqrt(coefficient / static_cast<double>(count));
    as_eigen(combined_) = (scale * inverse).cast<float>();
}

void ExactHarmonics::map(MatrixView<const float> x, MatrixView<float> products,
                         MatrixView<float> out) const {
    as_eigen(products).noalias() = as_eigen(x) * as_eigen(points_).transpose();
    for (Index i = 0; i < x.rows(); ++i)
        polynomial_.evaluate(products.row(i), 1.0F, products.row(i));
    as_eigen(out).noalias() =
        as_eigen(MatrixView<const float>(products)) * as_eigen(combined_).transpose();
}

}  // namespace sketchntk
