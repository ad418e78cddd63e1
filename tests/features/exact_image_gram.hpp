#pragma once

#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>

/// The exact kernel of the images that a map's configuration is for.
inline sketchntk::Matrix<double> exact_image_gram(
    const sketchntk::FeatureMapConfiguration& configuration, const sketchntk::Matrix<float>& x) {
    sketchntk::Matrix<double> rows(x.rows(), x.columns());
    std::copy_n(x.data(), x.rows() * x.columns(), rows.data());
    sketchntk::Matrix<double> gram(x.rows(), x.rows());
    sketchntk::TensorKernel(configuration.network, configuration.kind, configuration.image,
                            rows.view())
        .tile(0, 0, gram);
    return gram;
}
