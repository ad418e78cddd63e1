#include "sketches/sketch_checks.hpp"

#include <sketchntk/sketches/any_sketch.hpp>
#include <sketchntk/sketches/suggest_dimension.hpp>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

OperatorDescription distribution(const std::string& text, Index inputs) {
    return parse_operator(text, {.name = "", .inputs = inputs});
}

/// Pairs of unit vectors: among them those at which the bounds are attained.
std::vector<VectorPair> unit_pairs(Index dimension) {
    std::vector<VectorPair> pairs = vector_pairs(dimension);
    for (VectorPair& pair : pairs) {
        const auto x_scale = static_cast<float>(1 / std::sqrt(dot(pair.x, pair.x)));
        const auto y_scale = static_cast<float>(1 / std::sqrt(dot(pair.y, pair.y)));
        for (float& entry : pair.x) entry *= x_scale;
        for (float& entry : pair.y) entry *= y_scale;
    }
    Vector flat(static_cast<std::size_t>(dimension),
                static_cast<float>(1 / std::sqrt(static_cast<double>(dimension))));
    pairs.push_back({"flat, equal", flat, flat});
    return pairs;
}

}  // namespace

TEST_CASE("the suggested outputs keep the promise: variance and failures") {
    constexpr double epsilon = 0.5, delta = 0.1;
    for (const std::string text :
         {"gaussian", "rademacher", "count_sketch", "sparse_sign(nonzeros=4)", "srht",
          "fourier_srht", "orthogonal", "orthogonal(chi_norms=yes)", "tensor_sketch(degree=2)",
          "tensor_sketch(degree=3)", "poly_sketch(degree=2)", "poly_sketch(degree=3)"}) {
        constexpr Index inputs = 200;
        OperatorDescription description = distribution(text, inputs);
        const DimensionSuggestion suggestion = suggest_dimension(description, epsilon, delta);
        INFO(text << ": " << suggestion.outputs << ", " << suggestion.bound);
        REQUIRE(suggestion.outputs >= 1);
        description.outputs = suggestion.outputs;
        const bool by_variance = suggestion.bound.find("Chebyshev") != std::string::npos;
        const double degree = text.ends_with("(degree=3)")   ? 3
                              : text.ends_with("(degree=2)") ? 2
                                                             : 1;
        for (const VectorPair& pair : unit_pairs(inputs)) {
            INFO(pair.name);
            const AnySketch sketch = AnySketch::from_description(description);
            if (by_variance && sketch.has_known_variance()) {
                CHECK(sketch.variance(pair.x, pair.y) <= epsilon * epsilon * delta * 1.0001);
            }
            const double expected = std::pow(dot(pair.x, pair.y), degree);
            constexpr int seeds = 100;
            int failures = 0;
            for (const double product : inner_products(
                     [&](Seed seed) {
                         OperatorDescription other = description;
                         other.seed = seed;
                         return AnySketch::from_description(other);
                     },
                     pair, seeds)) {
                failures += std::abs(product - expected) > epsilon ? 1 : 0;
            }
            // 5 standard deviations of a binomial number above its mean.
            CHECK(failures <= seeds * delta + 5 * std::sqrt(seeds * delta * (1 - delta)));
        }
    }
}

TEST_CASE("the suggestion is the smallest number for which its bound holds") {
    const OperatorDescription count = distribution("count_sketch", 0);
    // 2 / m <= epsilon^2 delta.
    CHECK(suggest_dimension(count, 0.1, 0.05).outputs == 4000);
    CHECK(suggest_dimension(count, 0.2, 0.05).outputs == 1000);
    // ln(4 / delta) / (epsilon^2 / 4 - epsilon^3 / 6) at a small delta.
    const DimensionSuggestion gaussian = suggest_dimension(distribution("gaussian", 0), 0.1, 1e-6);
    CHECK(gaussian.outputs == 6516);
    CHECK(gaussian.bound.find("Dasgupta") != std::string::npos);
    // (3^2 - 1) / m for the real form, 6 / m for the complex one.
    const OperatorDescription complex{.name = "tensor_srht", .options = {{"second", Index{5}}}};
    OperatorDescription real = complex;
    real.options.emplace_back("transform", std::string("hadamard"));
    CHECK(suggest_dimension(complex, 0.1, 0.1).outputs == 6000);
    CHECK(suggest_dimension(real, 0.1, 0.1).outputs == 8000);
}

TEST_CASE("where the sketch becomes an isometry, no more outputs are suggested") {
    CHECK(suggest_dimension(distribution("srht", 100), 0.01, 0.001).outputs <= 128);
    CHECK(suggest_dimension(distribution("fourier_srht", 100), 0.01, 0.001).outputs <= 100);
    CHECK(suggest_dimension(distribution("orthogonal", 100), 0.01, 0.001).outputs <= 100);
}

TEST_CASE("a subspace: singular values stay inside the promise") {
    constexpr double epsilon = 0.5, delta = 0.1;
    constexpr Index inputs = 1000, dimension = 5;
    for (const std::string text : {"gaussian", "rademacher", "count_sketch",
                                   "sparse_sign(nonzeros=4)", "srht", "fourier_srht"}) {
        OperatorDescription description = distribution(text, inputs);
        const DimensionSuggestion suggestion =
            suggest_subspace_dimension(description, dimension, epsilon, delta);
        INFO(text << ": " << suggestion.outputs << ", " << suggestion.bound);
        description.outputs = suggestion.outputs;
        // Unit vectors of coordinates far apart are an orthonormal basis, and the hardest one for
        // sketches that hash coordinates.
        std::vector<Vector> basis;
        for (Index j = 0; j < dimension; ++j) {
            Vector unit(inputs);
            unit[static_cast<std::size_t>(j * 199)] = 1.0F;
            basis.push_back(unit);
        }
        int failures = 0;
        constexpr int seeds = 60;
        for (int k = 1; k <= seeds; ++k) {
            description.seed = Seed{static_cast<std::uint64_t>(k)};
            const Matrix<float> rows = sketched(AnySketch::from_description(description), basis);
            // The Frobenius norm bounds the largest eigenvalue of U^T S^T S U - I.
            double squares = 0;
            for (Index i = 0; i < dimension; ++i) {
                for (Index j = 0; j < dimension; ++j) {
                    squares += std::pow(row_product(rows, i, j) - (i == j ? 1 : 0), 2);
                }
            }
            failures += std::sqrt(squares) > epsilon ? 1 : 0;
        }
        CHECK(failures <= seeds * delta + 5 * std::sqrt(seeds * delta * (1 - delta)));
    }
}

TEST_CASE("bad arguments, sketches without a bound, and too many outputs are refused") {
    const OperatorDescription gaussian = distribution("gaussian", 10);
    CHECK_THROWS_AS(suggest_dimension(gaussian, 0, 0.1), InvalidArgument);
    CHECK_THROWS_AS(suggest_dimension(gaussian, 0.1, 0), InvalidArgument);
    CHECK_THROWS_AS(suggest_dimension(gaussian, 0.1, 1), InvalidArgument);
    CHECK_THROWS_AS(suggest_dimension(gaussian, std::nan(""), 0.1), InvalidArgument);
    CHECK_THROWS_AS(suggest_dimension(distribution("count_sketch", 10), 1e-6, 1e-6),
                    InvalidArgument);
    CHECK_THROWS_AS(suggest_dimension(distribution("no_such_sketch", 10), 0.1, 0.1), NotAvailable);
    CHECK_THROWS_AS(
        suggest_subspace_dimension(distribution("tensor_sketch(degree=2)", 10), 3, 0.1, 0.1),
        NotAvailable);
    CHECK_THROWS_AS(suggest_subspace_dimension(gaussian, 0, 0.1, 0.1), InvalidArgument);
}
