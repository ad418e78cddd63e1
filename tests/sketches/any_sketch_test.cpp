#include "sketches/sketch_checks.hpp"

#include <sketchntk/sketches/any_sketch.hpp>
#include <sketchntk/sketches/composition.hpp>
#include <sketchntk/sketches/count_sketch.hpp>
#include <sketchntk/sketches/direct_sum.hpp>
#include <sketchntk/sketches/fourier_srht.hpp>
#include <sketchntk/sketches/gaussian_sketch.hpp>
#include <sketchntk/sketches/hadamard_directions.hpp>
#include <sketchntk/sketches/orthogonal_sketch.hpp>
#include <sketchntk/sketches/rademacher_sketch.hpp>
#include <sketchntk/sketches/srht.hpp>
#include <sketchntk/sketches/tensor_sketch.hpp>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

/// A sketch of somebody else's: the first entries of a row, dense rows only.
class FirstEntries {
  public:
    class Plan;

    FirstEntries(Index inputs, Index outputs) : inputs_(inputs), outputs_(outputs) {}
    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] std::int64_t bytes() const { return 0; }
    [[nodiscard]] double flops(Index) const { return 0; }
    [[nodiscard]] Seed seed() const { return {}; }
    [[nodiscard]] OperatorDescription description() const {
        return {.name = "first_entries", .inputs = inputs_, .outputs = outputs_};
    }
    [[nodiscard]] static FirstEntries from_description(const OperatorDescription& description) {
        return {description.inputs, description.outputs};
    }
    bool operator==(const FirstEntries&) const = default;

  private:
    Index inputs_;
    Index outputs_;
};

class FirstEntries::Plan {
  public:
    explicit Plan(const FirstEntries& distribution) : distribution_(distribution) {}
    [[nodiscard]] const FirstEntries& distribution() const { return distribution_; }
    void apply(MatrixView<const float> x, MatrixView<float> out, const Execution&) const {
        for (Index i = 0; i < x.rows(); ++i) {
            std::copy_n(x.row(i).data(), out.columns(), out.row(i).data());
        }
    }

  private:
    FirstEntries distribution_;
};

DirectSum two_parts(Seed seed) {
    return DirectSum({GaussianSketch(30, 20, seed), CountSketch(30, 15, seed.child(1))});
}

}  // namespace

TEST_CASE("every sketch that has a name can be made by it") {
    const std::vector<std::string> names = sketch_names();
    CHECK(names.size() >= 13);
    for (const std::string& name : names) {
        if (name == "direct_sum" || name == "composition") continue;
        INFO(name);
        OperatorDescription description{.name = name, .inputs = 40, .outputs = 24, .seed = Seed{3}};
        if (name == "polynomial_sketch") {
            description.options = {{"coefficients", std::vector<double>{0.5, 0.25, 0.25}}};
        }
        const AnySketch sketch = AnySketch::from_description(description);
        CHECK(sketch.input_dimension() == 40);
        CHECK(sketch.output_dimension() == 24);
        CHECK(sketch.seed() == Seed{3});
        CHECK(sketch.flops(10) > 0);
        CHECK(sketch.bytes() >= 0);
        check_description(sketch);
        check_same_bits(sketch, 9);
        check_sparse_rows(sketch);
        check_refusals(sketch);
    }
}

TEST_CASE("an unknown operator: the nearest known one is named") {
    try {
        static_cast<void>(
            AnySketch::from_description({.name = "countsketch", .inputs = 4, .outputs = 2}));
        FAIL("it was made");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("did you mean 'count_sketch'") != std::string::npos);
    }
}

TEST_CASE("dimensions that are zero, negative or absurd are refused by every sketch") {
    for (const std::string& name : sketch_names()) {
        if (name == "direct_sum" || name == "composition") continue;
        for (const auto& [inputs, outputs] : std::vector<std::pair<Index, Index>>{
                 {0, 4}, {4, 0}, {-1, 4}, {4, -1}, {4, Index{1} << 50}, {Index{1} << 50, 4}}) {
            INFO(name << ": " << inputs << " -> " << outputs);
            OperatorDescription description{.name = name, .inputs = inputs, .outputs = outputs};
            if (name == "polynomial_sketch") {
                description.options = {{"coefficients", std::vector<double>{0.5, 0.25, 0.25}}};
            }
            CHECK_THROWS_AS(AnySketch::from_description(description), InvalidArgument);
        }
    }
}

TEST_CASE("a sketch of one's own, dense rows only, takes sparse rows too") {
    const AnySketch sketch = FirstEntries(50, 7);
    check_sparse_rows(sketch, 0);
    CHECK(!sketch.has_known_variance());
    const Vector x(50);
    CHECK_THROWS_AS(sketch.variance(x, x), NotAvailable);
    CHECK(sketch == AnySketch(FirstEntries(50, 7)));
    CHECK(!(sketch == AnySketch(FirstEntries(50, 8))));
}

TEST_CASE("the variance of what is inside") {
    const Vector x = random_vector(30, 0), y = random_vector(30, 1);
    const GaussianSketch inside(30, 20, Seed{1});
    CHECK(AnySketch(inside).has_known_variance());
    CHECK(AnySketch(inside).variance(x, y) == inside.variance(x, y));
}

TEST_CASE("direct sum: parts side by side, inner products add up") {
    const DirectSum sum = two_parts(Seed{5});
    check_same_bits(sum);
    check_sparse_rows(sum);
    check_refusals(sum);
    CHECK(from_json<DirectSum>(to_json(sum)) == sum);
    CHECK(AnySketch::from_description(sum.description()) == AnySketch(sum));
    CHECK(sum.output_dimension() == 35);

    const Vector x = random_vector(30, 3);
    const Matrix<float> whole = sketched(sum, {x});
    const Matrix<float> first = sketched(GaussianSketch(30, 20, Seed{5}), {x});
    const Matrix<float> second = sketched(CountSketch(30, 15, Seed{5}.child(1)), {x});
    for (Index k = 0; k < 20; ++k) CHECK(whole(0, k) == first(0, k));
    for (Index k = 0; k < 15; ++k) CHECK(whole(0, 20 + k) == second(0, k));

    for (const VectorPair& pair : vector_pairs(30)) {
        INFO(pair.name);
        const Moments found = moments(inner_products(two_parts, pair, 400));
        check_mean(found, 2 * dot(pair.x, pair.y), 1e-5);
    }
}

TEST_CASE("direct sum: parts of different inputs, or none, are refused") {
    CHECK_THROWS_AS(DirectSum({}), InvalidArgument);
    CHECK_THROWS_AS(DirectSum({GaussianSketch(3, 2, Seed{}), GaussianSketch(4, 2, Seed{})}),
                    DimensionMismatch);
    OperatorDescription forged = two_parts(Seed{5}).description();
    forged.outputs = 36;
    CHECK_THROWS_AS(DirectSum::from_description(forged), InvalidArgument);
}

TEST_CASE("compress keeps a tensor sketch unbiased") {
    const auto make = [](Seed seed) { return compress(TensorSketch(12, 256, 2, seed), 64); };
    const AnySketch compressed = make(Seed{2});
    CHECK(compressed.output_dimension() == 64);
    check_same_bits(compressed);
    check_sparse_rows(compressed);
    check_refusals(compressed);
    CHECK(from_json<AnySketch>(to_json(compressed)) == compressed);
    CHECK(compress(TensorSketch(12, 64, 2, Seed{1}), 64) ==
          AnySketch(TensorSketch(12, 64, 2, Seed{1})));
    for (const VectorPair& pair : vector_pairs(12)) {
        INFO(pair.name);
        const double expected = std::pow(dot(pair.x, pair.y), 2);
        check_mean(moments(inner_products(make, pair, 400)), expected, 1e-5);
    }
}

TEST_CASE("composition: shapes must meet, and forged ones are refused") {
    CHECK_THROWS_AS(Composition(GaussianSketch(9, 5, Seed{}), GaussianSketch(6, 2, Seed{})),
                    DimensionMismatch);
    const Composition composition(GaussianSketch(9, 5, Seed{1}), Srht(5, 2, Seed{2}));
    OperatorDescription forged = composition.description();
    forged.options.front().second =
        std::vector<OperatorDescription>{GaussianSketch(9, 5, Seed{1}).description()};
    CHECK_THROWS_AS(Composition::from_description(forged), InvalidArgument);
}

TEST_CASE("different operators under one seed are independent") {
    // If two operators shared random bits, their errors on one pair would correlate.
    const VectorPair pair = vector_pairs(64).front();
    const double mean = dot(pair.x, pair.y);
    const auto errors = [&](const auto& make) {
        std::vector<double> sample = inner_products(make, pair, 1000);
        for (double& value : sample) value -= mean;
        return sample;
    };
    const std::vector<std::vector<double>> samples = {
        errors([](Seed seed) { return GaussianSketch(64, 16, seed); }),
        errors([](Seed seed) { return RademacherSketch(64, 16, seed); }),
        errors([](Seed seed) { return RademacherSketch(64, 16, seed.child(0)); }),
        errors([](Seed seed) { return OrthogonalSketch(64, 16, false, seed); }),
        errors([](Seed seed) { return Srht(64, 16, seed); }),
        errors([](Seed seed) { return FourierSrht(64, 16, seed); }),
        errors([](Seed seed) { return HadamardDirections(64, 16, false, seed); }),
        errors([](Seed seed) { return CountSketch(64, 16, seed); })};
    for (std::size_t i = 0; i < samples.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            std::vector<double> products;
            for (std::size_t k = 0; k < samples[i].size(); ++k) {
                products.push_back(samples[i][k] * samples[j][k]);
            }
            INFO("operators " << i << " and " << j);
            check_mean(moments(products), 0, 0);
        }
    }
}
