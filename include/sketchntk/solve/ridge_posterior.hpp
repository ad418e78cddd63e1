#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sketchntk {

/// How sure a ridge regression is of its predictions. With Gaussian noise of variance sigma^2 and
/// the prior beta ~ N(0, sigma^2 / (lambda s) I), a flat one for the intercept, the prediction
/// beta^T z + b has given the training rows the mean of `RidgeSolution` and the variance
///
///     sigma^2 (1 / sum w + (z - mean)^T (Gc + lambda s I)^-1 (z - mean))
///
/// (no 1 / sum w without an intercept; Bishop 2006, section 3.3). It is a variance of the function,
/// without the noise of a new observation: add sigma^2 for that.
///
/// Held as the factor S = D^-1/2 L^-1 Q^T, where Gc + lambda s I = Q L D L^T Q^T, so that the
/// quadratic form is |S (z - mean)|^2: 2 m^2 flops a row, 8 m^2 bytes.
class RidgePosterior {
  public:
    /// Some 3 m^3 flops. @throws as `RidgePath::evaluate`.
    RidgePosterior(const RidgePath& path, double lambda, const Execution& execution = {});

    /// The variances of the predictions of rows of features, in units of sigma^2.
    /// @throws DimensionMismatch for another number of features.
    [[nodiscard]] std::vector<double> variances(MatrixView<const float> features,
                                                const Execution& execution = {}) const;
    [[nodiscard]] std::vector<double> variances(MatrixView<const double> features,
                                                const Execution& execution = {}) const;

    [[nodiscard]] Index feature_count() const { return factor_.rows(); }
    [[nodiscard]] static Index bytes(Index features);

    /// The bytes of a container of kind "ridge posterior", and back.
    /// @throws FormatError for damaged ones.
    [[nodiscard]] std::string to_bytes() const;
    [[nodiscard]] static RidgePosterior from_bytes(std::span<const std::byte> bytes);

  private:
    RidgePosterior() = default;

    Matrix<double> factor_;  ///< S, m x m
    std::vector<double> feature_means_;
    double intercept_variance_ = 0.0;
};

}  // namespace sketchntk
