#include "sketches/fourier_moments.hpp"

#include <vector>

namespace sketchntk::sketches {
namespace {

struct Padded {
    Padded(std::span<const float> vector, Index n) : entries(static_cast<std::size_t>(n)) {
        for (std::size_t p = 0; p < vector.size(); ++p) entries[p] = static_cast<double>(vector[p]);
    }
    double operator[](Index p) const { return entries[static_cast<std::size_t>(p)]; }

    std::vector<double> entries;
};

}  // namespace

FourierMoments fourier_moments(std::span<const float> x_entries, std::span<const float> y_entries,
                               Index n) {
    const Padded x(x_entries, n), y(y_entries, n);
    const Index h = n / 2;
    double x_squared = 0, y_squared = 0, inner = 0, common = 0;
    double x_alternating = 0, y_alternating = 0, inner_alternating = 0;
    double opposite = 0, crossed = 0, reflected = 0, fixed = 0;
    for (Index p = 0; p < n; ++p) {
        const double xx = x[p] * x[p], yy = y[p] * y[p], xy = x[p] * y[p];
        const double sign = p % 2 == 0 ? 1 : -1;
        x_squared += xx;
        y_squared += yy;
        inner += xy;
        common += xx * yy;
        x_alternating += sign * xx;
        y_alternating += sign * yy;
        inner_alternating += sign * xy;
        const Index across = (p + h) % n;
        opposite += xy * x[across] * y[across];
        crossed += xx * y[across] * y[across];
        // The q with 2 (p + q) = 0 modulo n, and the p with 4 p = 0.
        for (const Index q : {(n - p) % n, (n + h - p) % n}) {
            reflected += xx * y[q] * y[q] + 2 * xy * x[q] * y[q];
        }
        if (4 * p % n == 0) fixed += xx * yy;
    }
    const double lengths = x_squared * y_squared, squared = inner * inner;
    return {.modulus = lengths + squared - common + opposite,
            .conjugate = 2 * squared - common + crossed,
            .square = reflected - 2 * fixed,
            .real = lengths + 2 * squared - 2 * common,
            .mixed = squared + x_alternating * y_alternating +
                     inner_alternating * inner_alternating - 2 * common,
            .inner = inner};
}

}  // namespace sketchntk::sketches
