#pragma once

#include "core/eigen.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/stopwatch.hpp>

#include <cstdint>
#include <vector>

namespace sketchntk::bench {

/// Wall-clock seconds of one call of `body`.
template <typename Body>
double seconds_of(const Body& body) {
    const Stopwatch stopwatch;
    body();
    return stopwatch.seconds();
}

/// The middle one; the upper of two.
[[nodiscard]] double median(std::vector<double> values);

/// rows x columns independent standard normal numbers.
[[nodiscard]] Matrix<float> normal_matrix(Index rows, Index columns, std::uint64_t seed);

/// The same numbers in float64.
[[nodiscard]] Matrix<double> widened(MatrixView<const float> matrix);

/// out = X Y^T for the rows of x and y, by whatever Eigen multiplies with in this build.
template <typename T>
void multiply_transposed(MatrixView<const T> x, MatrixView<const T> y, MatrixView<T> out) {
    as_eigen(out).noalias() = as_eigen(x) * as_eigen(y).transpose();
}

/// Seconds to read and write every entry once.
[[nodiscard]] double pass_seconds(MatrixView<float> matrix);

/// Floating-point operations a second of a product of two side x side matrices, whose rows are
/// divided among the threads: what the machine gives in the best case. The best of three.
template <typename T>
[[nodiscard]] double product_rate(Index side, const Execution& execution);

extern template double product_rate<float>(Index, const Execution&);
extern template double product_rate<double>(Index, const Execution&);

}  // namespace sketchntk::bench
