#include "sketches/poly_sketch_support.hpp"
#include "sketches/sketch_checks.hpp"

#include <sketchntk/sketches/poly_sketch.hpp>

#include <utility>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

TEST_CASE("the member of degree 1 is the row where it fits") {
    const Vector x = random_vector(9, 0);
    for (const PolySketchLeaf leaf : {srht, count_sketch}) {
        const PolySketch sketch(9, 12, 1, {.node_width = 4, .leaf = leaf}, Seed{1});
        const Matrix<float> z = sketched(sketch, {x});
        CHECK(std::equal(x.begin(), x.end(), z.row(0).begin()));
        CHECK(std::ranges::all_of(z.row(0).subspan(9), [](float entry) { return entry == 0; }));
        CHECK(sketch.variance_bound(x, x) == 0);
    }
}

TEST_CASE("every member of the family of a PolySketch is unbiased, its variance below the bound") {
    constexpr Index inputs = 40, outputs = 14;
    constexpr int seeds = 1'000;
    for (const PolySketchLeaf leaf : {srht, count_sketch}) {
        for (const Index degree : {1, 2, 3, 4, 5, 7, 8}) {
            const auto make = [&](int seed) {
                return PolySketch(inputs, outputs, degree, {.node_width = 20, .leaf = leaf},
                                  Seed{static_cast<std::uint64_t>(seed)});
            };
            const std::vector<VectorPair> pairs = vector_pairs(inputs);
            std::vector<Vector> vectors;
            for (const VectorPair& pair : pairs) {
                vectors.push_back(pair.x);
                vectors.push_back(pair.y);
            }
            const auto members = static_cast<std::size_t>(degree);
            std::vector<std::vector<double>> samples(pairs.size() * members);
            for (int seed = 1; seed <= seeds; ++seed) {
                const Matrix<float> rows = family(make(seed), vectors);
                for (std::size_t k = 0; k < samples.size(); ++k) {
                    const auto pair = static_cast<Index>(k / members);
                    const auto first = static_cast<Index>(k % members) * outputs;
                    const auto columns = rows.view().middle_columns(first, outputs);
                    const auto a = columns.row(2 * pair), b = columns.row(2 * pair + 1);
                    samples[k].push_back(
                        dot(Vector(a.begin(), a.end()), Vector(b.begin(), b.end())));
                }
            }
            for (std::size_t k = 0; k < samples.size(); ++k) {
                const VectorPair& pair = pairs[k / members];
                const auto power = static_cast<double>(k % members + 1);
                INFO(pair.name << ", member of degree " << power << " of "
                               << to_sentence(make(1).description()));
                const Moments found = moments(samples[k]);
                const double scale =
                    std::pow(std::sqrt(dot(pair.x, pair.x) * dot(pair.y, pair.y)), power);
                check_mean(found, std::pow(dot(pair.x, pair.y), power), 1e-5 * scale);
                if (k % members + 1 < members) continue;
                CHECK(found.variance - 5 * found.variance_error <=
                      make(1).variance_bound(pair.x, pair.y) * (1 + 1e-6) + 1e-9 * scale * scale);
            }
        }
    }
}

TEST_CASE("the bound on the variance of a PolySketch is the one of its header") {
    const Vector x = random_vector(30, 0);
    const double length = dot(x, x);
    for (const Index degree : {2, 3, 8, 64}) {
        const PolySketch sketch(30, 256, degree, {.node_width = 128, .leaf = srht}, Seed{});
        const double q = static_cast<double>(degree);
        CHECK(sketch.variance_bound(x, x) <=
              std::pow(length, 2 * q) * (std::pow(1 + 6.2 / 128, q - 2) * (1 + 6.2 / 256) - 1));
        CHECK(sketch.variance_bound(x, x) >= std::pow(length, 2 * q) * 6 / 256);
    }
    CHECK_THROWS_AS(PolySketch(3, 4, 2, Seed{}).variance_bound(x, x), DimensionMismatch);
}

TEST_CASE("some members of the family of a PolySketch have the bits of all of them") {
    const PolySketch sketch(20, 10, 9, Seed{2});
    const PolySketch::Plan plan(sketch);
    const Matrix<float> x = random_rows(7, 20);
    Matrix<float> all(7, 90), some(7, 40);
    plan.apply_family(x.view(), all.view());
    const std::vector<Index> degrees{1, 3, 4, 8};
    plan.apply_degrees(x.view(), degrees, some.view());
    for (Index i = 0; i < 7; ++i) {
        for (std::size_t k = 0; k < degrees.size(); ++k) {
            CHECK(std::ranges::equal(
                some.row(i).subspan(10 * k, 10),
                all.row(i).subspan(10 * static_cast<std::size_t>(degrees[k] - 1), 10)));
        }
    }
    for (const std::vector<Index>& wrong :
         {std::vector<Index>{0, 1}, std::vector<Index>{3, 3}, std::vector<Index>{9, 10}}) {
        CHECK_THROWS_AS(plan.apply_degrees(x.view(), wrong, some.view().middle_columns(0, 20)),
                        InvalidArgument);
    }
}

TEST_CASE("a PolySketch keeps the contract of row sketches") {
    for (const PolySketch& sketch :
         {PolySketch(50, 21, 1, Seed{1}), PolySketch(20, 21, 1, Seed{1}),
          PolySketch(50, 30, 5, {.leaf = srht}, Seed{2}),
          PolySketch(150, 31, 6, {.node_width = 24, .leaf = count_sketch}, Seed{3}),
          PolySketch(150, 31, 1, {.node_width = 24, .leaf = count_sketch}, Seed{3}),
          PolySketch(10, 40, 8, {.leaf = count_sketch}, Seed{4})}) {
        INFO(to_sentence(sketch.description()));
        check_same_bits(sketch);
        check_sparse_rows(sketch);
        check_description(sketch);
        check_refusals(sketch);
        CHECK(sketch.bytes() >= 0);
        CHECK(sketch.flops(3) == Approx(3 * sketch.flops(1)));
    }
}

TEST_CASE("the family of a PolySketch takes sparse rows") {
    const SparseExample example = sparse_example(37, 60);
    for (const PolySketchLeaf leaf : {srht, count_sketch}) {
        for (const Index outputs : {24, 64}) {
            const PolySketch::Plan plan(
                PolySketch(60, outputs, 4, {.node_width = 16, .leaf = leaf}, Seed{5}));
            Matrix<float> dense(37, 4 * outputs), sparse = dense, again = dense;
            plan.apply_family(example.dense.view(), dense.view(), Execution{.threads = 1});
            plan.apply_family(example.view(), sparse.view(), Execution{.threads = 1});
            plan.apply_family(example.view(), again.view(), Execution{.threads = 5});
            CHECK(again == sparse);
            for (Index i = 0; i < 37; ++i) {
                const double scale = std::sqrt(row_product(dense, i, i)) + 1e-30;
                for (Index j = 0; j < dense.columns(); ++j) {
                    CHECK(sparse(i, j) == Approx(dense(i, j)).margin(1e-5 * scale));
                }
            }
        }
    }
}

TEST_CASE("sparse rows of a PolySketch may be very long") {
    constexpr Index inputs = Index{1} << 40;
    const PolySketch sketch(inputs, 64, 3, Seed{6});
    CHECK(sketch.options().leaf == count_sketch);
    const std::vector<Index> starts{0, 2};
    const std::vector<std::int64_t> columns{5, inputs - 1};
    const std::vector<float> values{0.5F, -0.25F};
    Matrix<float> out(1, 64);
    PolySketch::Plan(sketch).apply(SparseRowsView(inputs, starts, columns, values), out);
    CHECK(row_product(out, 0, 0) > 0);
}

TEST_CASE("defaults and refusals of a PolySketch") {
    CHECK(PolySketch(100, 1024, 8, Seed{}).options().node_width == 512);
    CHECK(PolySketch(100, 1024, 8, Seed{}).options().leaf == srht);
    CHECK(PolySketch(1000, 1024, 8, Seed{}).options().node_width == 1024);
    CHECK(PolySketch(1000, 1024, 8, Seed{}).options().leaf == srht);
    CHECK(PolySketch(4097, 1024, 8, Seed{}).options().leaf == count_sketch);
    CHECK(PolySketch(100, 3, 8, Seed{}).options().node_width == 16);
    const OperatorDescription plain{.name = "poly_sketch", .inputs = 100, .outputs = 1024};
    CHECK(PolySketch::from_description(plain) == PolySketch(100, 1024, 2, Seed{}));

    CHECK_THROWS_AS(PolySketch(0, 8, 2, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolySketch(8, 0, 2, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolySketch(8, 8, 0, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolySketch(8, 8, 65, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolySketch(8, 8, 2, {.node_width = 7}, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolySketch(8, 8, 2, {.node_width = -2}, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(PolySketch(Index{1} << 35, 8, 2, {.leaf = srht}, Seed{}), InvalidArgument);

    const PolySketch::Plan plan(PolySketch(8, 8, 20, Seed{}));
    Matrix<float> x(2, 8), out(2, 8);
    x(1, 3) = 1e10F;
    try {
        plan.apply(x, out);
        FAIL("a result beyond float32 was returned");
    } catch (const NumericalError& error) {
        CHECK(std::string(error.what()).find("row 2") != std::string::npos);
    }
}
