#pragma once

#include <sketchntk/sketches/operator_description.hpp>

#include <string>

namespace sketchntk::sketches {

/// A number of outputs, and the theorem that vouches for it.
struct DimensionSuggestion {
    Index outputs = 0;
    std::string bound;
};

/// Outputs that are enough for one pair of vectors, whatever they are:
///
///     P(|<S x, S y> - <x, y>^q| > epsilon |x|^q |y|^q) <= delta,
///
/// q the degree of the sketch, 1 for a linear one; for a `tensor_srht` of two pairs,
/// <x, x'> <y, y'> and the product of the four lengths. Two bounds are known, and the better one is
/// given:
///  - Chebyshev's inequality with the sketch's variance, at the vectors where it is largest:
///    outputs grow as 1 / (epsilon^2 delta);
///  - for `gaussian` and `rademacher` the tail of |S z|^2 (Dasgupta and Gupta 2003; Achlioptas
///  2003)
///    for z = x + y and x - y, of which <S x, S y> is a quarter of the difference:
///    ln(4 / delta) / (epsilon^2 / 4 - epsilon^3 / 6), for epsilon < 1.
///
/// These hold for every pair; most pairs need fewer, see `variance` of the sketches.
///
/// @param distribution name, options and inputs of a sketch; outputs and seed are not looked at.
///   The inputs count where S becomes an isometry at finitely many outputs (`srht`, `fourier_srht`,
///   `orthogonal`), and may be 0 for "many".
/// @throws InvalidArgument unless 0 < epsilon and 0 < delta < 1, or if more than 2^30 outputs would
///   be needed; NotAvailable for a sketch for which no bound is known.
[[nodiscard]] DimensionSuggestion suggest_dimension(const OperatorDescription& distribution,
                                                    double epsilon, double delta);

/// Outputs that are enough for all vectors of a subspace at once (a subspace embedding):
///
///     (1 - epsilon) |x|^2 <= |S x|^2 <= (1 + epsilon) |x|^2 for all x in it, with probability
///
/// at least 1 - delta, for any subspace of `subspace_dimension` = k dimensions that was chosen
/// before S was drawn. What least squares by sketching needs, with k the number of columns plus
/// one.
///  - `gaussian`: the largest and smallest singular value of S on the subspace lie within
///    1 +- (sqrt(k / m) + sqrt(2 ln(2 / delta) / m)) (Davidson and Szarek 2001, theorem II.13);
///  - other linear sketches: |U^T S^T S U - I|_F^2 has at most k (k + 1) / 2 times the largest
///    variance of a pair as its expectation (Nelson and Nguyen 2013, theorem 3, for CountSketch),
///    by Markov's inequality.
/// @throws as `suggest_dimension`; NotAvailable for sketches that are not linear.
[[nodiscard]] DimensionSuggestion suggest_subspace_dimension(
    const OperatorDescription& distribution, Index subspace_dimension, double epsilon,
    double delta);

}  // namespace sketchntk::sketches
