#include "kernels/normalised_rows.hpp"

#include "core/finite.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace sketchntk {

namespace {

// Divides by the largest magnitude first: squares of 1e200 would overflow.
template <typename T>
double euclidean_norm(std::span<const T> row, Index row_number, const char* name) {
    double largest = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
        if (!std::isfinite(row[j]))
            throw_not_finite(name, row_number, static_cast<Index>(j), static_cast<double>(row[j]));
        largest = std::max(largest, std::abs(static_cast<double>(row[j])));
    }
    if (largest == 0) return 0;
    double sum = 0;
    for (const T value : row) {
        const double scaled = static_cast<double>(value) / largest;
        sum += scaled * scaled;
    }
    return largest * std::sqrt(sum);
}

}  // namespace

template <typename T>
NormalisedRows<T>::NormalisedRows(const std::vector<Dense>& network,
                                  const std::vector<Rectifier>& rectifiers, MatrixView<const T> x,
                                  const char* name)
    : rows(x.rows()) {
    if (x.columns() < 1) throw InvalidArgument(std::string(name) + ": rows have no columns");
    const Index padded = (rows + kernel_block - 1) / kernel_block * kernel_block;
    const auto layers = static_cast<Index>(network.size());
    units = Matrix<T>(padded, x.columns());
    weight_parts = Matrix<T>(layers, padded);
    bias_parts = Matrix<T>(layers, padded);
    deviations.assign(static_cast<std::size_t>(padded), T{0});
    nngp_diagonal.resize(static_cast<std::size_t>(rows));
    ntk_diagonal.resize(static_cast<std::size_t>(rows));

    const double root_of_inputs = std::sqrt(static_cast<double>(x.columns()));
    for (Index i = 0; i < rows; ++i) {
        const double norm = euclidean_norm(x.row(i), i, name);
        for (Index j = 0; j < x.columns(); ++j)
            units(i, j) = norm > 0 ? static_cast<T>(static_cast<double>(x(i, j)) / norm) : T{0};

        double weight_deviation = norm / root_of_inputs;  // before the factor w_0
        double ntk_over_variance = 0;
        double deviation = 0;
        for (Index l = 0; l < layers; ++l) {
            const Dense& dense = network[static_cast<std::size_t>(l)];
            weight_deviation *= dense.w_std;
            deviation = std::hypot(weight_deviation, dense.b_std);
            const double p = deviation > 0 ? weight_deviation / deviation : 0;
            weight_parts(l, i) = static_cast<T>(p);
            bias_parts(l, i) = static_cast<T>(deviation > 0 ? dense.b_std / deviation : 0);
            ntk_over_variance = (dense.trained ? 1 : 0) + (l == 0 ? 0 : p * p * ntk_over_variance);
            if (l + 1 < layers)
                weight_deviation =
                    deviation * std::sqrt(rectifiers[static_cast<std::size_t>(l)].gain);
        }
        const auto row = static_cast<std::size_t>(i);
        deviations[row] = static_cast<T>(deviation);
        nngp_diagonal[row] = deviation * deviation;
        ntk_diagonal[row] = deviation * deviation * ntk_over_variance;
    }
}

template struct NormalisedRows<float>;
template struct NormalisedRows<double>;

}  // namespace sketchntk
