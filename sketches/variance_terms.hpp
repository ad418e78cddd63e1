#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>

namespace sketchntk::sketches {

/// What closed-form variances of <S x, S y> are made of.
struct VarianceTerms {
    double lengths;  ///< |x|^2 |y|^2
    double product;  ///< <x, y>
    double common;   ///< sum_p x_p^2 y_p^2

    /// <x, y>^2
    [[nodiscard]] double inner() const { return product * product; }
    /// |x|^2 |y|^2 + <x, y>^2 - 2 sum_p x_p^2 y_p^2: the variance of <s, x> <s, y> for a vector s
    /// of independent random signs.
    [[nodiscard]] double of_signs() const { return lengths + inner() - 2 * common; }
};

/// @throws DimensionMismatch unless both vectors have `dimension` entries.
[[nodiscard]] VarianceTerms variance_terms(std::span<const float> x, std::span<const float> y,
                                           Index dimension);

}  // namespace sketchntk::sketches
