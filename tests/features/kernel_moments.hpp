#pragma once

#include "catch2.hpp"
#include "repetitions.hpp"

#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

/// Mean and standard error of <z(x_i), z(x_j)> over independent maps.
struct KernelMoments {
    sketchntk::Matrix<double> mean;
    sketchntk::Matrix<double> standard_error;
};

inline double inner_product(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k)
        sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    return sum;
}

/// Of rows i and j of the features.
inline double inner_product(const sketchntk::Matrix<float>& z, sketchntk::Index i,
                            sketchntk::Index j) {
    return inner_product(z.row(i), z.row(j));
}

using MakeMap = std::function<std::unique_ptr<sketchntk::FeatureMap>(sketchntk::Seed)>;

inline KernelMoments kernel_moments(const MakeMap& make, const sketchntk::Matrix<float>& x,
                                    int wanted) {
    using sketchntk::Index;
    const int maps = sketchntk_test::repetitions(wanted);
    const Index n = x.rows();
    sketchntk::Matrix<double> sum(n, n);
    sketchntk::Matrix<double> squares(n, n);
    for (int s = 0; s < maps; ++s) {
        const auto map = make(sketchntk::Seed{static_cast<std::uint64_t>(s)});
        sketchntk::Matrix<float> z(n, map->features());
        map->transform(x, z, {.threads = 1});
        for (Index i = 0; i < n; ++i) {
            for (Index j = 0; j < n; ++j) {
                const double k = inner_product(z.row(i), z.row(j));
                sum(i, j) += k;
                squares(i, j) += k * k;
            }
        }
    }
    const double count = maps;
    for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < n; ++j) {
            const double mean = sum(i, j) / count;
            const double variance = std::max(0.0, squares(i, j) / count - mean * mean);
            sum(i, j) = mean;
            squares(i, j) = std::sqrt(variance / count);
        }
    }
    return {std::move(sum), std::move(squares)};
}

/// The mean is `expected`, beside five standard errors and float32 rounding.
inline void check_mean(const KernelMoments& moments, const sketchntk::Matrix<double>& expected) {
    for (sketchntk::Index i = 0; i < expected.rows(); ++i) {
        for (sketchntk::Index j = 0; j <= i; ++j) {
            CAPTURE(i, j, expected(i, j), moments.mean(i, j), moments.standard_error(i, j));
            const double rounding = 1e-5 * std::sqrt(expected(i, i) * expected(j, j));
            CHECK(std::abs(moments.mean(i, j) - expected(i, j)) <=
                  5 * moments.standard_error(i, j) + rounding);
        }
    }
}

/// |Z Z^T - K| / |K| in the Frobenius norm.
inline double relative_error(const sketchntk::FeatureMap& map,
                             const sketchntk::Matrix<double>& kernel,
                             const sketchntk::Matrix<float>& rows) {
    sketchntk::Matrix<float> z(rows.rows(), map.features());
    map.transform(rows, z);
    double errors = 0;
    double squares = 0;
    for (sketchntk::Index i = 0; i < rows.rows(); ++i) {
        for (sketchntk::Index j = 0; j < rows.rows(); ++j) {
            errors += std::pow(inner_product(z, i, j) - kernel(i, j), 2);
            squares += std::pow(kernel(i, j), 2);
        }
    }
    return std::sqrt(errors / squares);
}
