#pragma once

#include <cmath>

namespace sketchntk {

/// The reflection H = I - v v^T with |v|^2 = 2 that takes a vector (pivot, tail) to (image, 0):
/// v = scale (first, tail). A tail that is zero gives H = I, as v = 0. (This length of v saves the
/// factor that LAPACK keeps beside it.)
struct HouseholderReflection {
    double first = 0.0;
    double scale = 0.0;
    double image = 0.0;

    /// The norm of the matrix is not far from 1: squares below `negligible` have lost digits to
    /// underflow, and what they stand for changes nothing.
    HouseholderReflection(double pivot, double tail_squares) : image(pivot) {
        constexpr double negligible = 1e-270;
        if (!(tail_squares > negligible)) return;
        const double norm = std::copysign(std::sqrt(pivot * pivot + tail_squares), pivot);
        first = pivot + norm;
        scale = 1.0 / std::sqrt(norm * first);
        image = -norm;
    }
};

/// Which of Q and Q^T is meant.
enum class OrthogonalFactor { plain, transposed };

}  // namespace sketchntk
