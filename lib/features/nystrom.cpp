#include "core/blas.hpp"
#include "features/leading_subspace.hpp"
#include "features/parallel_product.hpp"
#include "features/row_tiles.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/nystrom.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <Eigen/Cholesky>

#include <algorithm>
#include <string>

namespace sketchntk {

namespace {

constexpr Index tile_columns = 512;
constexpr double least_jitter = 1e-6;
constexpr double most_jitter = 1e-2;
constexpr int power_iterations = 3;

// Column j of the inverse ends at row j: strips of columns need the leading part of the factor
// only.
template <typename Factor>
Eigen::MatrixXd inverse_upper_triangle(const Factor& factor, const Execution& execution) {
    constexpr Index strip = 256;
    const Index n = factor.rows();
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Zero(n, n);
    parallel_for(execution, (n + strip - 1) / strip, [&](Index s) {
        const Index first = s * strip;
        const Index count = std::min(strip, n - first);
        auto columns = inverse.block(0, first, first + count, count);
        columns.bottomRows(count).setIdentity();
        factor.topLeftCorner(first + count, first + count)
            .template triangularView<Eigen::Upper>()
            .solveInPlace(columns);
    });
    return inverse;
}

// R^-1 of R^T R = kernel + jitter I; `kernel` is overwritten.
Eigen::MatrixXd inverse_cholesky_factor(Matrix<double>& kernel, double mean_diagonal,
                                        const Execution& execution) {
    const Index n = kernel.rows();
    Eigen::Map<Eigen::MatrixXd> entries(kernel.data(), n, n);
    const Eigen::VectorXd diagonal = entries.diagonal();
    for (double jitter = least_jitter; jitter <= most_jitter; jitter *= 10) {
        entries.diagonal() = diagonal.array() + jitter * mean_diagonal;
        // In place, and the other triangle stays for another attempt.
        const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>, Eigen::Upper> factor(entries);
        if (factor.info() == Eigen::Success) return inverse_upper_triangle(entries, execution);
        entries.triangularView<Eigen::StrictlyUpper>() = entries.transpose();
    }
    throw NumericalError("nystrom: the kernel matrix of the landmarks is not positive definite");
}

double mean_diagonal(const Matrix<double>& kernel) {
    return as_eigen(kernel).diagonal().mean();
}

}  // namespace

NystromFeatures::NystromFeatures(const Network& network, KernelKind kind, Index features,
                                 Index most_landmarks, Index inputs, Matrix<float> landmarks)
    : network_(network),
      kind_(kind),
      features_(features),
      most_landmarks_(most_landmarks),
      inputs_(inputs),
      landmarks_(std::move(landmarks)) {
    static_cast<void>(fully_connected_layers(network));
    if (features < 1)
        throw InvalidArgument("features: expected at least 1, got " + std::to_string(features));
    if (most_landmarks < features)
        throw InvalidArgument("landmarks: expected at least as many as features, " +
                              std::to_string(features) + ", got " + std::to_string(most_landmarks));
    if (inputs < 1)
        throw InvalidArgument("inputs: expected at least 1, got " + std::to_string(inputs));
    if (landmarks_.rows() > 0 &&
        (landmarks_.columns() != inputs || landmarks_.rows() > most_landmarks))
        throw DimensionMismatch("landmarks: expected at most " + std::to_string(most_landmarks) +
                                " rows of " + std::to_string(inputs) + " columns, got " +
                                std::to_string(landmarks_.rows()) + " x " +
                                std::to_string(landmarks_.columns()));
}

NystromFeatures::~NystromFeatures() = default;

std::int64_t NystromFeatures::bytes(int threads) const {
    const Index p = most_landmarks_;
    const std::int64_t prepared = 4 * p * (features_ + 2 * inputs_);
    const std::int64_t preparing =
        p > features_ ? 8 * p * (p + 4 * features_) : (2 * 8 + 4) * p * p;
    return std::max(prepared + threads * row_tile * (p + tile_columns) * 4, preparing);
}

double NystromFeatures::flops_per_row() const {
    // An entry's layers cost about 30 operations each.
    const auto p = static_cast<double>(most_landmarks_);
    const auto m = static_cast<double>(features_);
    const double layers =
        30.0 * static_cast<double>(fully_connected_layers(network_).activations.size());
    return p * (2.0 * static_cast<double>(inputs_) + layers) +
           (most_landmarks_ > features_ ? 2 * p * m : m * m);
}

LearntRows NystromFeatures::learnt() const {
    if (landmarks_.rows() == 0) return {};
    return {landmarks_};
}

Index NystromFeatures::rank() const {
    return std::min(features_, landmarks_.rows());
}

Matrix<float> NystromFeatures::triangular_projection(Matrix<double>& kernel,
                                                     const Execution& execution) const {
    const double diagonal = mean_diagonal(kernel);
    Matrix<float> result(kernel.rows(), kernel.rows());
    as_eigen(result) = inverse_cholesky_factor(kernel, diagonal, execution).cast<float>();
    return result;
}

Matrix<float> NystromFeatures::truncated_projection(const Matrix<double>& kernel,
                                                    const Execution& execution) const {
    const Index m = features_;
    const Matrix<double> basis = leading_subspace(kernel, m, power_iterations, Seed{}, execution);
    Matrix<double> image(kernel.rows(), m);
    multiply(execution, kernel, basis, image);
    Matrix<double> inner(m, m);
    multiply_transposed_left(execution, basis, image, inner);
    Matrix<double> inverse(m, m);
    as_eigen(inverse) = inverse_cholesky_factor(inner, mean_diagonal(kernel), execution);
    multiply(execution, basis, inverse, image);
    Matrix<float> result(kernel.rows(), m);
    as_eigen(result) = as_eigen(image).cast<float>();
    return result;
}

const Matrix<float>& NystromFeatures::projection(const Execution& execution) const {
    std::call_once(prepare_once_, [&] {
        use_blas_on_one_thread();
        Matrix<double> kernel = fully_connected_gram(network_, kind_, landmarks_.view(), execution);
        projection_ = landmarks_.rows() > features_ ? truncated_projection(kernel, execution)
                                                    : triangular_projection(kernel, execution);
    });
    return projection_;
}

void NystromFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                               const Execution& execution) const {
    if (landmarks_.rows() == 0)
        throw InvalidArgument("nystrom: the map has no landmarks; it learns them from data");
    const Matrix<float>& prepared = projection(execution);
    const FullyConnectedKernel<float> kernel(network_, kind_, x, landmarks_.view());
    for_each_row_tile(x.rows(), execution, [&] {
        return
            [&, entries = Matrix<float>(row_tile, landmarks_.rows()),
             products = Matrix<float>(row_tile, tile_columns)](Index first, Index count) mutable {
                kernel.tile(first, 0, entries.view().middle_rows(0, count));
                project(entries, prepared, products, out.middle_rows(first, count));
            };
    });
}

void NystromFeatures::project(const Matrix<float>& entries, const Matrix<float>& projection,
                              Matrix<float>& products, MatrixView<float> out) const {
    const bool triangular = projection.rows() == projection.columns();
    for (Index column = 0; column < rank(); column += tile_columns) {
        const Index columns = std::min(tile_columns, rank() - column);
        // Of an upper triangular projection, rows below the block's last column are zero.
        const Index used = triangular ? column + columns : projection.rows();
        const MatrixView<float> block = products.view().middle_columns(0, columns);
        as_eigen(block).noalias() =
            as_eigen(entries).leftCols(used) * as_eigen(projection).block(0, column, used, columns);
        for (Index i = 0; i < out.rows(); ++i)
            std::copy_n(block.row(i).data(), columns, out.row(i).data() + column);
    }
    for (Index i = 0; i < out.rows(); ++i)
        std::fill(out.row(i).begin() + rank(), out.row(i).end(), 0.0F);
}

}  // namespace sketchntk
