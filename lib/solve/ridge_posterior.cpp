#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/tridiagonal.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/solve/ridge_posterior.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

constexpr const char* posterior_kind = "ridge posterior";
constexpr std::uint32_t posterior_version = 1;
// Rows of one task: enough for products at full rate.
constexpr Index product_rows = 256;

template <typename T>
std::vector<double> quadratic_forms(const Matrix<double>& factor, const std::vector<double>& means,
                                    MatrixView<const T> rows, double added,
                                    const Execution& execution) {
    use_blas_on_one_thread();
    std::vector<double> result(static_cast<std::size_t>(rows.rows()));
    const Eigen::Map<const Eigen::RowVectorXd> mean(means.data(), static_cast<Index>(means.size()));
    const Index blocks = (rows.rows() + product_rows - 1) / product_rows;
    parallel_for(execution, blocks, [&](Index block) {
        const Index first = block * product_rows;
        const Index count = std::min(product_rows, rows.rows() - first);
        RowMajor<double> centred = as_eigen(rows.middle_rows(first, count)).template cast<double>();
        centred.rowwise() -= mean;
        const RowMajor<double> products = centred * as_eigen(factor).transpose();
        for (Index i = 0; i < count; ++i)
            result[static_cast<std::size_t>(first + i)] = added + products.row(i).squaredNorm();
    });
    return result;
}

void check_columns(Index columns, Index features) {
    if (columns != features)
        throw DimensionMismatch("posterior: expected " + std::to_string(features) +
                                " features, got " + std::to_string(columns));
}

}  // namespace

RidgePosterior::RidgePosterior(const RidgePath& path, double lambda, const Execution& execution)
    : feature_means_(path.feature_means().begin(), path.feature_means().end()),
      intercept_variance_(path.intercept() == Intercept::fitted ? 1.0 / path.weight() : 0.0) {
    const ShiftedTridiagonal shifted(path.form_->diagonal(), path.form_->off_diagonal(),
                                     path.penalty(lambda));
    factor_ = path.form_->transposed_orthogonal_factor(execution);
    shifted.half_solve(factor_);
    for (Index k = 0; k < factor_.rows(); ++k)
        for (double& value : factor_.row(k))
            value /= std::sqrt(shifted.inverse_pivots()[static_cast<std::size_t>(k)]);
}

std::vector<double> RidgePosterior::variances(MatrixView<const float> features,
                                              const Execution& execution) const {
    check_columns(features.columns(), feature_count());
    return quadratic_forms(factor_, feature_means_, features, intercept_variance_, execution);
}

std::vector<double> RidgePosterior::variances(MatrixView<const double> features,
                                              const Execution& execution) const {
    check_columns(features.columns(), feature_count());
    return quadratic_forms(factor_, feature_means_, features, intercept_variance_, execution);
}

Index RidgePosterior::bytes(Index features) {
    return (features + 1) * features * static_cast<Index>(sizeof(double));
}

std::string RidgePosterior::to_bytes() const {
    Matrix<double> means(1, feature_count());
    std::copy(feature_means_.begin(), feature_means_.end(), means.data());
    Matrix<double> variance(1, 1);
    variance(0, 0) = intercept_variance_;
    return container_bytes({posterior_kind,
                            posterior_version,
                            "{}",
                            {{"factor", factor_},
                             {"feature_means", std::move(means)},
                             {"intercept_variance", std::move(variance)}}});
}

RidgePosterior RidgePosterior::from_bytes(std::span<const std::byte> bytes) {
    const Container container =
        read_container(posterior_kind, bytes, posterior_kind, posterior_version);
    RidgePosterior result;
    result.factor_ = container.float64_array("factor");
    const Matrix<double>& means = container.float64_array("feature_means");
    const Matrix<double>& variance = container.float64_array("intercept_variance");
    if (means.rows() != 1 || means.columns() != result.factor_.rows() ||
        result.factor_.rows() != result.factor_.columns() || variance.empty())
        throw FormatError(std::string(posterior_kind) + ": arrays do not fit each other");
    result.feature_means_.assign(means.row(0).begin(), means.row(0).end());
    result.intercept_variance_ = variance(0, 0);
    return result;
}

}  // namespace sketchntk
