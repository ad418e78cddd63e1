#include "sketches/poly_sketch_support.hpp"
#include "sketches/sketch_checks.hpp"

#include <sketchntk/sketches/polynomial_sketch.hpp>

#include <cmath>
#include <utility>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

using Coefficients = std::vector<double>;

double polynomial(const Coefficients& coefficients, double u) {
    double sum = 0;
    for (std::size_t j = coefficients.size(); j-- > 0;) sum = sum * u + coefficients[j];
    return sum;
}

/// p(|x| |y|), the scale of the error of p(<x, y>).
double scale_of(const Coefficients& coefficients, const VectorPair& pair) {
    return polynomial(coefficients, std::sqrt(dot(pair.x, pair.x) * dot(pair.y, pair.y)));
}

Matrix<float> as_rows(const std::vector<Vector>& vectors) {
    Matrix<float> rows(static_cast<Index>(vectors.size()),
                       static_cast<Index>(vectors.front().size()));
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        std::ranges::copy(vectors[i], rows.row(static_cast<Index>(i)).begin());
    }
    return rows;
}

Matrix<float> product(const PolynomialProductSketch& sketch, const Matrix<float>& x,
                      const Matrix<float>& v) {
    Matrix<float> out(x.rows(), sketch.output_dimension());
    PolynomialProductSketch::Plan(sketch).apply(x.view(), v.view(), out, Execution{.threads = 1});
    return out;
}

}  // namespace

TEST_CASE("a sketch of a polynomial is unbiased") {
    constexpr Index inputs = 20;
    // With and without a constant, with gaps, and a single term.
    for (const Coefficients& coefficients :
         {Coefficients{0.5, 1, 0.25}, Coefficients{0, 0.3, 0, 0.7, 0, 1}, Coefficients{0, 0, 0, 2},
          Coefficients{1, 0.5, 0.25, 0.125, 0.1, 0.1, 0.1, 0.1, 0.5}}) {
        for (const PolySketchOptions& options :
             {PolySketchOptions{.node_width = 16, .leaf = srht},
              PolySketchOptions{.node_width = 8, .leaf = count_sketch}}) {
            const auto make = [&](Seed seed) {
                return PolynomialSketch(inputs, 33, coefficients, options, seed);
            };
            for (const VectorPair& pair : vector_pairs(inputs)) {
                INFO(pair.name << ", " << to_sentence(make(Seed{1}).description()));
                const Moments found = moments(inner_products(make, pair, 700));
                check_mean(found, polynomial(coefficients, dot(pair.x, pair.y)),
                           1e-5 * scale_of(coefficients, pair));
            }
        }
    }
}

TEST_CASE("the constant of a polynomial is exact, and so is a linear term that fits") {
    const Vector x = random_vector(10, 0), y = random_vector(10, 1);
    const Matrix<float> rows =
        sketched(PolynomialSketch(10, 40, {2.25, 0.25, 1}, {.node_width = 20}, Seed{1}), {x, y});
    for (Index i = 0; i < 2; ++i) {
        CHECK(rows(i, 0) == 1.5F);
        for (Index j = 0; j < 10; ++j) {
            CHECK(rows(i, 1 + j) == 0.5F * (i == 0 ? x : y)[static_cast<std::size_t>(j)]);
        }
        // 1 + 10 + 20 outputs are used.
        for (Index j = 31; j < 40; ++j) CHECK(rows(i, j) == 0.0F);
    }

    const Matrix<float> exact = sketched(PolynomialSketch(10, 11, {2.25, 0.25}, Seed{1}), {x, y});
    CHECK(row_product(exact, 0, 1) == Approx(2.25 + 0.25 * dot(x, y)));
    const Matrix<float> compressed =
        sketched(PolynomialSketch(10, 6, {2.25, 0.25, 1}, Seed{1}), {x, y});
    CHECK(compressed(0, 0) == 1.5F);
    const Matrix<float> constant = sketched(PolynomialSketch(10, 3, {4.0, 0, 0}, Seed{1}), {x, y});
    CHECK(constant(1, 0) == 2.0F);
    CHECK(row_product(constant, 0, 1) == 4.0);
}

TEST_CASE("a sketch of a polynomial keeps the contract of row sketches") {
    for (const PolynomialSketch& sketch :
         {PolynomialSketch(30, 64, {1, 0.5, 0.25, 0.1}, Seed{1}),
          PolynomialSketch(30, 33, {0, 0.5, 0, 0.1}, {.node_width = 24}, Seed{2}),
          PolynomialSketch(100, 40, {1, 0.5, 0.25}, {.node_width = 16, .leaf = count_sketch},
                           Seed{3}),
          PolynomialSketch(30, 200, {1, 0.5, 0.25}, {.node_width = 64}, Seed{4})}) {
        INFO(to_sentence(sketch.description()));
        check_same_bits(sketch);
        check_sparse_rows(sketch);
        check_description(sketch);
        check_refusals(sketch);
        CHECK(sketch.bytes() > 0);
        CHECK(sketch.flops(3) == Approx(3 * sketch.flops(1)));
    }
    CHECK(PolynomialSketch(5, 8, {1, 2, 0, 0}, Seed{}) == PolynomialSketch(5, 8, {1, 2}, Seed{}));
}

TEST_CASE("coefficients that no sketch can have are refused") {
    const auto make = [](Coefficients coefficients) {
        return PolynomialSketch(5, 8, std::move(coefficients), Seed{});
    };
    CHECK_THROWS_AS(make({}), InvalidArgument);
    CHECK_THROWS_AS(make({0, 0}), InvalidArgument);
    CHECK_THROWS_AS(make({1, std::numeric_limits<double>::infinity()}), InvalidArgument);
    CHECK_THROWS_AS(make({std::numeric_limits<double>::quiet_NaN()}), InvalidArgument);
    CHECK_THROWS_AS(make(Coefficients(66, 1.0)), InvalidArgument);
    CHECK_NOTHROW(make(Coefficients(65, 1.0)));
    try {
        make({1, 2, -0.5});
        FAIL("a negative coefficient was taken");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("of degree 2") != std::string::npos);
    }
    CHECK_THROWS_AS(PolynomialSketch(5, 1, {1, 1}, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolynomialSketch(0, 5, {1, 1}, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolynomialSketch(5, 0, {1, 1}, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolynomialSketch(5, 5, {1, 1}, {.node_width = 3}, Seed{}), InvalidArgument);
}

TEST_CASE("a sketch of a polynomial times a second factor is unbiased") {
    constexpr Index inputs = 20, factor = 13;
    const std::vector<VectorPair> factors = vector_pairs(factor);
    for (const Coefficients& coefficients :
         {Coefficients{0.5, 1, 0.25}, Coefficients{0, 0.3, 0, 0.7}, Coefficients{2.0}}) {
        for (const PolySketchLeaf leaf : {srht, count_sketch}) {
            const std::vector<VectorPair> pairs = vector_pairs(inputs);
            for (std::size_t k = 0; k < pairs.size(); ++k) {
                const VectorPair& pair = pairs[k];
                const VectorPair& second = factors[k % 3];
                const Matrix<float> x = as_rows({pair.x, pair.y});
                const Matrix<float> v = as_rows({second.x, second.y});
                std::vector<double> sample;
                for (std::uint64_t seed = 1; seed <= 700; ++seed) {
                    const PolynomialProductSketch sketch(inputs, factor, 15, coefficients,
                                                         {.node_width = 10, .leaf = leaf},
                                                         Seed{seed});
                    sample.push_back(row_product(product(sketch, x, v), 0, 1));
                }
                INFO(pair.name << " and " << second.name << ", degree " << coefficients.size() - 1);
                check_mean(moments(sample),
                           polynomial(coefficients, dot(pair.x, pair.y)) * dot(second.x, second.y),
                           1e-5 * scale_of(coefficients, pair));
            }
        }
    }
}

TEST_CASE("a sketch of a polynomial times a second factor keeps the contract") {
    const PolynomialProductSketch sketch(30, 12, 41, {1, 0.5, 0.25}, Seed{1});
    check_description(sketch);
    CHECK(sketch.input_dimension() == 30);
    CHECK(sketch.factor_dimension() == 12);
    CHECK(sketch.bytes() > 0);
    CHECK(sketch.flops(3) == Approx(3 * sketch.flops(1)));

    const SparseExample example = sparse_example(150, 30);
    const Matrix<float> v = random_rows(150, 12);
    const PolynomialProductSketch::Plan plan(sketch);
    CHECK(plan.distribution() == sketch);
    const Matrix<float> expected = product(sketch, example.dense, v);
    Matrix<float> out(150, 41);
    for (const int threads : {2, 5}) {
        plan.apply(example.dense.view(), v.view(), out, Execution{.threads = threads});
        CHECK(out == expected);
    }
    for (Index first = 0; first < 150; first += 7) {
        const Index count = std::min<Index>(7, 150 - first);
        plan.apply(std::as_const(example.dense).view().middle_rows(first, count),
                   v.view().middle_rows(first, count), out.view().middle_rows(first, count));
    }
    CHECK(out == expected);
    plan.apply(example.view(), v.view(), out);
    for (Index i = 0; i < 150; ++i) {
        for (Index j = 0; j < 41; ++j) CHECK(out(i, j) == Approx(expected(i, j)).margin(1e-4));
    }

    CHECK_THROWS_AS(plan.apply(v.view(), v.view(), out), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(example.dense.view(), example.dense.view(), out), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(example.dense.view(), random_rows(149, 12), out), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(example.dense.view(), v.view(), Matrix<float>(150, 40)),
                    DimensionMismatch);
    Matrix<float> spoilt = v;
    spoilt(7, 2) = std::numeric_limits<float>::infinity();
    try {
        plan.apply(example.dense.view(), spoilt, out);
        FAIL("an infinite number was taken");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("v: row 8, column 3") != std::string::npos);
    }
    CHECK_THROWS_AS(PolynomialProductSketch(30, 0, 41, {1.0}, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolynomialProductSketch(30, 5, 41, {-1.0}, Seed{}), InvalidArgument);
}
