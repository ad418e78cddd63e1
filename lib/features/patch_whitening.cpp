#include "features/patch_whitening.hpp"

#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "features/leading_subspace.hpp"
#include "features/parallel_product.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace sketchntk {

namespace {

constexpr Index patches_of_a_part = 1024;

template <typename Body>
void for_each_patch(const Execution& execution, Index count, const Body& body) {
    parallel_for(execution, (count + patches_of_a_part - 1) / patches_of_a_part, [&](Index part) {
        const Index end = std::min(count, (part + 1) * patches_of_a_part);
        for (Index i = part * patches_of_a_part; i < end; ++i) body(i);
    });
}

struct Moments {
    float mean;
    float variance;
};

Moments moments(std::span<const float> patch) {
    const Eigen::Map<const Eigen::ArrayXf> entries(patch.data(),
                                                   static_cast<Eigen::Index>(patch.size()));
    const float mean = entries.mean();
    return {mean, (entries - mean).square().mean()};
}

double mean_variance(const Matrix<float>& patches) {
    double sum = 0;
    for (Index i = 0; i < patches.rows(); ++i)
        sum += static_cast<double>(moments(patches.row(i)).variance);
    return sum / static_cast<double>(patches.rows());
}

}  // namespace

void PatchWhitening::normalise(std::span<float> patch) const {
    if (!contrast) return;
    const auto [mean, variance] = moments(patch);
    Eigen::Map<Eigen::ArrayXf> entries(patch.data(), static_cast<Eigen::Index>(patch.size()));
    entries = (entries - mean) / std::sqrt(variance + contrast_floor);
}

PatchWhitening learn_patch_whitening(Matrix<float>& patches, const PatchWhiteningRule& rule,
                                     const Execution& execution) {
    PatchWhitening whitening;
    const Index dimension = patches.columns();
    if (rule.contrast > 0) {
        whitening.contrast = true;
        // Patches without any variance, all of them, stay zero.
        whitening.contrast_floor =
            std::max(static_cast<float>(rule.contrast * mean_variance(patches)), 1e-30F);
        for_each_patch(execution, patches.rows(),
                       [&](Index i) { whitening.normalise(patches.row(i)); });
    }
    if (rule.whitening <= 0) return whitening;
    const Eigen::RowVectorXf mean = as_eigen(patches).colwise().mean();
    for_each_patch(execution, patches.rows(), [&](Index i) { as_eigen(patches).row(i) -= mean; });
    const Index rank = std::min(rule.rank, dimension);
    const PrincipalComponents components = principal_components(patches, rank, execution);
    const double mean_eigenvalue =
        components.total / static_cast<double>(patches.rows() * dimension);
    const double floor =
        rule.whitening *
        std::max(mean_eigenvalue, static_cast<double>(std::numeric_limits<float>::min()));
    whitening.projection = Matrix<float>(rank, dimension);
    whitening.shift = Matrix<float>(1, rank);
    for (Index k = 0; k < components.vectors.columns(); ++k) {
        const double eigenvalue = components.shares[static_cast<std::size_t>(k)] *
                                  static_cast<double>(dimension) * mean_eigenvalue;
        const auto scale = static_cast<float>(1 / std::sqrt(eigenvalue + floor));
        as_eigen(whitening.projection).row(k) =
            scale * as_eigen(components.vectors).col(k).transpose();
    }
    as_eigen(whitening.shift) = mean * as_eigen(whitening.projection).transpose();
    return whitening;
}

Matrix<float> patch_directions(const Matrix<float>& patches, const PatchWhitening& whitening,
                               Index count, const Execution& execution) {
    Matrix<float> whitened = patches;
    if (!whitening.projection.empty()) {
        whitened = Matrix<float>(patches.rows(), whitening.projection.rows());
        const auto rows = [&](Index first, Index strip) {
            return as_eigen(patches.view().middle_rows(first, strip));
        };
        multiply_strips(execution, rows, as_eigen(whitening.projection).transpose(),
                        whitened.view());
    }
    const Eigen::VectorXf lengths = as_eigen(whitened).rowwise().norm();
    constexpr float nearly_zero = 1e-3F;
    std::vector<Index> usable;
    for (Index i = 0; i < whitened.rows(); ++i)
        if (lengths(i) > nearly_zero * lengths.mean()) usable.push_back(i);
    const auto available = static_cast<Index>(usable.size());
    if (available < count)
        throw InvalidArgument("directions: " + std::to_string(count) +
                              " patches are wanted, and the sample has " +
                              std::to_string(available) + " that are not zero");
    Matrix<float> directions(count, whitened.columns());
    for (Index k = 0; k < count; ++k) {
        const Index i = usable[static_cast<std::size_t>(k * available / count)];
        as_eigen(directions).row(k) = as_eigen(whitened).row(i) / lengths(i);
    }
    return directions;
}

}  // namespace sketchntk
