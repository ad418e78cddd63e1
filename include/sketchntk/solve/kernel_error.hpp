#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// How far an approximation K^ of a kernel matrix K is from it. The first two are 0 and the last
/// two are 1 where they are equal.
struct KernelError {
    /// |K^ - K| / |K| in the Frobenius norm: the error of an entry, in the mean square.
    double frobenius = 0;
    /// |K^ - K| / |K| in the nuclear norm: the sum of the magnitudes of the eigenvalues of K^ - K,
    /// over tr K. Where K - K^ is positive semidefinite, as for Nystrom features, it is
    /// tr(K - K^) / tr K.
    double trace = 0;
    /// The smallest and the largest eigenvalue of (K + p I)^-1/2 (K^ + p I) (K + p I)^-1/2 with the
    /// penalty p = lambda mean(diag K): the bounds of K^ + p I by multiples of K + p I in which
    /// guarantees for ridge regression are stated (Avron et al. 2017; Zandieh et al. 2021).
    double smallest_ratio = 1;
    double largest_ratio = 1;
};

/// Z Z^T in float64, from float32 features in n rows; n^2 m flops, memory n^2 numbers. The same
/// bits for any number of threads.
[[nodiscard]] Matrix<double> feature_gram(MatrixView<const float> features,
                                          const Execution& execution = {});

/// Measures K^ against K, both n x n and symmetric; lower triangles are read. Lambda has the
/// meaning that it has in `RidgePath` and `ExactRidge` for a fit to the same n rows.
///
/// Two eigenvalue problems and a Cholesky factorisation: about 5 n^3 flops, and memory for 3 n^2
/// numbers.
/// @throws DimensionMismatch if they are not square or not of one size; InvalidArgument without
///   rows or if lambda is not positive and finite; NumericalError if an entry is not finite, tr K
///   is not positive, or K + p I is not positive definite in float64.
[[nodiscard]] KernelError kernel_error(MatrixView<const double> approximation,
                                       MatrixView<const double> kernel, double lambda,
                                       const Execution& execution = {});

/// The same for K^ = Z Z^T.
[[nodiscard]] KernelError kernel_error(MatrixView<const float> features,
                                       MatrixView<const double> kernel, double lambda,
                                       const Execution& execution = {});

}  // namespace sketchntk
