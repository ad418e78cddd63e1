#include "sketches/variance_terms.hpp"

#include "sketches/checks.hpp"

namespace sketchntk::sketches {
VarianceTerms variance_terms(std::span<const float> x, std::span<const float> y, Index dimension) {
    check_length("x", x, dimension);
    check_length("y", y, dimension);
    double x_squared = 0, y_squared = 0, product = 0, common = 0;
    for (std::size_t p = 0; p < x.size(); ++p) {
        const auto a = static_cast<double>(x[p]);
        const auto b = static_cast<double>(y[p]);
        x_squared += a * a;
        y_squared += b * b;
        product += a * b;
        common += a * b * a * b;
    }
    return {x_squared * y_squared, product, common};
}

}  // namespace sketchntk::sketches
