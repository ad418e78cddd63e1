#include "sketches/sample_without_replacement.hpp"
#include "sketches/sketch_checks.hpp"

#include <sketchntk/sketches/fourier_srht.hpp>
#include <sketchntk/sketches/hadamard_directions.hpp>
#include <sketchntk/sketches/srht.hpp>

#include <set>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

/// S itself, a row for each input: S applied to the unit vectors.
template <RowSketch Sketch>
Matrix<float> transposed_matrix(const Sketch& sketch) {
    std::vector<Vector> units;
    for (Index j = 0; j < sketch.input_dimension(); ++j) {
        Vector unit(static_cast<std::size_t>(sketch.input_dimension()));
        unit[static_cast<std::size_t>(j)] = 1.0F;
        units.push_back(unit);
    }
    return sketched(sketch, units);
}

/// Every inner product of the given vectors is kept.
template <RowSketch Sketch>
void check_isometry(const Sketch& sketch) {
    std::vector<Vector> vectors;
    for (Index k = 0; k < 5; ++k) vectors.push_back(random_vector(sketch.input_dimension(), k));
    const Matrix<float> rows = sketched(sketch, vectors);
    for (Index i = 0; i < 5; ++i) {
        for (Index j = 0; j <= i; ++j) {
            const double expected =
                dot(vectors[static_cast<std::size_t>(i)], vectors[static_cast<std::size_t>(j)]);
            CHECK(row_product(rows, i, j) == Approx(expected).margin(1e-5));
        }
    }
}

template <RowSketch Sketch>
void check_all(const Sketch& sketch) {
    check_same_bits(sketch);
    check_description(sketch);
    check_refusals(sketch);
}

}  // namespace

TEST_CASE("a sample without replacement: distinct, in range, every pair equally likely") {
    constexpr Index population = 7, draws = 21000;
    std::vector<int> pairs(population * population);
    for (Index row = 0; row < draws; ++row) {
        const auto chosen =
            sample_without_replacement(RandomStream(Seed{3}, 0), row, population, 3);
        REQUIRE(std::set<std::int32_t>(chosen.begin(), chosen.end()).size() == 3);
        ++pairs[static_cast<std::size_t>(chosen[0] * population + chosen[2])];
    }
    const double expected = static_cast<double>(draws) / (population * (population - 1));
    for (Index i = 0; i < population; ++i) {
        for (Index j = 0; j < population; ++j) {
            const int count = pairs[static_cast<std::size_t>(i * population + j)];
            if (i == j) {
                CHECK(count == 0);
            } else {
                CHECK(std::abs(count - expected) < 5 * std::sqrt(expected));
            }
        }
    }
    const auto all = sample_without_replacement(RandomStream(Seed{3}, 0), 0, 100, 100);
    CHECK(std::set<std::int32_t>(all.begin(), all.end()).size() == 100);
}

TEST_CASE("SRHT: expectation, variance, bits, description, refusals") {
    check_expectation_and_variance([](Seed seed) { return Srht(24, 10, seed); }, 24, 2000);
    check_expectation_and_variance([](Seed seed) { return Srht(32, 31, seed); }, 32, 1000);
    check_all(Srht(37, 20, Seed{4}));
    check_all(Srht(1, 1, Seed{4}));
    check_sparse_rows(Srht(200, 64, Seed{4}));
}

TEST_CASE("SRHT with all outputs is an isometry, and its entries are +-1 / sqrt(m)") {
    check_isometry(Srht(50, 64, Seed{2}));
    const Matrix<float> matrix = transposed_matrix(Srht(50, 16, Seed{2}));
    for (Index j = 0; j < 50; ++j) {
        for (Index k = 0; k < 16; ++k) CHECK(std::abs(matrix(j, k)) == 0.25F);
    }
}

TEST_CASE("SRHT: dimensions outside its range") {
    CHECK_THROWS_AS(Srht(0, 1, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(Srht(9, 17, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(Srht((Index{1} << 24) + 1, 1, Seed{}), InvalidArgument);
    CHECK(Srht(Index{1} << 24, 16, Seed{}).output_dimension() == 16);
}

TEST_CASE("Fourier SRHT: expectation and variance, padded or not, even and odd outputs") {
    for (const auto& [inputs, outputs] : std::vector<std::pair<Index, Index>>{
             {24, 10}, {23, 7}, {30, 29}, {22, 1}, {20, 20}, {18, 17}}) {
        INFO(inputs << " -> " << outputs);
        check_expectation_and_variance(
            [&, inputs = inputs, outputs = outputs](Seed seed) {
                return FourierSrht(inputs, outputs, seed);
            },
            inputs, 1500);
    }
}

TEST_CASE("Fourier SRHT: bits, description, refusals, sparse rows") {
    check_all(FourierSrht(37, 20, Seed{4}));
    check_all(FourierSrht(37, 21, Seed{4}));
    check_all(FourierSrht(1, 2, Seed{4}));
    check_sparse_rows(FourierSrht(200, 64, Seed{4}));
    CHECK_THROWS_AS(FourierSrht(0, 1, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(FourierSrht(9, 11, Seed{}), InvalidArgument);
}

TEST_CASE("Fourier SRHT with all outputs is an isometry") {
    check_isometry(FourierSrht(50, 50, Seed{2}));
    check_isometry(FourierSrht(47, FourierSrht(47, 1, Seed{}).padded_dimension(), Seed{2}));
    check_isometry(FourierSrht(2, 2, Seed{2}));
}

TEST_CASE("Hadamard directions: unbiased, orthogonal blocks, bits, refusals") {
    for (const bool chi_norms : {false, true}) {
        INFO("chi_norms " << chi_norms);
        for (const VectorPair& pair : vector_pairs(24)) {
            INFO(pair.name);
            const auto make = [chi_norms](Seed seed) {
                return HadamardDirections(24, 40, chi_norms, seed);
            };
            const Moments found = moments(inner_products(make, pair, 1000));
            check_mean(found, dot(pair.x, pair.y), 1e-5);
        }
        check_all(HadamardDirections(37, 150, chi_norms, Seed{4}));
    }
    check_isometry(HadamardDirections(50, 64, false, Seed{2}));
    check_isometry(HadamardDirections(50, 192, false, Seed{2}));
    CHECK_THROWS_AS(HadamardDirections(0, 1, false, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(HadamardDirections(Index{1} << 20, Index{1} << 30, false, Seed{}),
                    InvalidArgument);
}

TEST_CASE("Hadamard directions are unit vectors, and with chi norms as long as Gaussian ones") {
    const HadamardDirections unit(64, 100, false, Seed{6});
    Matrix<float> rows = transposed_matrix(unit);
    for (Index k = 0; k < 100; ++k) {
        double squared = 0;
        for (Index j = 0; j < 64; ++j) squared += std::pow(static_cast<double>(rows(j, k)), 2);
        CHECK(squared * std::pow(static_cast<double>(unit.unit_scale()), 2) ==
              Approx(1).epsilon(1e-5));
    }
    rows = transposed_matrix(HadamardDirections(64, 4096, true, Seed{6}));
    std::vector<double> squares;
    for (Index k = 0; k < 4096; ++k) {
        double squared = 0;
        for (Index j = 0; j < 64; ++j) squared += std::pow(static_cast<double>(rows(j, k)), 2);
        squares.push_back(4096 * squared);
    }
    // chi-squared with 64 degrees of freedom.
    const Moments found = moments(squares);
    check_mean(found, 64, 1e-3);
    check_variance(found, 128, 1e-3);
}

TEST_CASE("projections on Hadamard directions look normal even for a unit vector") {
    constexpr Index n = 256, outputs = 256;
    Vector unit(n);
    unit[17] = 1.0F;
    std::vector<double> projections;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Matrix<float> row =
            sketched(HadamardDirections(n, outputs, false, Seed{seed}), {unit});
        for (Index k = 0; k < outputs; ++k) {
            projections.push_back(std::sqrt(static_cast<double>(outputs)) *
                                  static_cast<double>(row(0, k)));
        }
    }
    // Kolmogorov and Smirnov's distance of 10,240 numbers, at the level of 1e-6. The lattice on
    // which these numbers lie is finer than that.
    std::sort(projections.begin(), projections.end());
    const auto count = static_cast<double>(projections.size());
    double distance = 0;
    for (std::size_t k = 0; k < projections.size(); ++k) {
        const double expected = 0.5 * std::erfc(-projections[k] / std::sqrt(2.0));
        distance = std::max({distance, std::abs(expected - static_cast<double>(k) / count),
                             std::abs(expected - static_cast<double>(k + 1) / count)});
    }
    CHECK(distance < std::sqrt(-0.5 * std::log(1e-6 / 2) / count));
}
