#include "sketch_checks.hpp"
#include "sketches/hashed_columns.hpp"
#include "sketches/stream_numbers.hpp"

#include <sketchntk/sketches/count_sketch.hpp>
#include <sketchntk/sketches/tensor_sketch.hpp>

#include <cstdint>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

/// The hash of one factor, column by column.
struct Hash {
    Hash(const TensorSketch& sketch, Index factor)
        : buckets(static_cast<std::size_t>(sketch.input_dimension())), signs(buckets.size()) {
        HashedColumns(RandomStream(sketch.seed(), stream_number::sparse_sign_columns), factor,
                      sketch.output_dimension())
            .fill(0, buckets, signs);
    }
    std::vector<std::int32_t> buckets;
    std::vector<float> signs;
};

using Numbers = std::vector<double>;

Numbers count_sketched(const Hash& hash, std::span<const float> x, Index outputs) {
    Numbers out(static_cast<std::size_t>(outputs));
    for (std::size_t p = 0; p < x.size(); ++p) {
        out[static_cast<std::size_t>(hash.buckets[p])] += static_cast<double>(hash.signs[p] * x[p]);
    }
    return out;
}

Numbers circular_convolution(const Numbers& a, const Numbers& b) {
    Numbers out(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) out[(i + j) % a.size()] += a[i] * b[j];
    }
    return out;
}

/// The circular convolution of the CountSketches, as a sum of m^2 products.
Numbers convolved(const TensorSketch& sketch, std::span<const float> x) {
    const Index outputs = sketch.output_dimension();
    Numbers out = count_sketched(Hash(sketch, 0), x, outputs);
    for (Index k = 1; k < sketch.degree(); ++k) {
        out = circular_convolution(out, count_sketched(Hash(sketch, k), x, outputs));
    }
    return out;
}

/// The CountSketch of the tensor power, written out: an entry of it goes to the sum of its hashes.
Numbers of_tensor_power(const TensorSketch& sketch, std::span<const float> x) {
    Numbers out(static_cast<std::size_t>(sketch.output_dimension()));
    std::vector<Hash> hashes;
    for (Index k = 0; k < sketch.degree(); ++k) hashes.emplace_back(sketch, k);
    std::size_t entries = 1;
    for (std::size_t k = 0; k < hashes.size(); ++k) entries *= x.size();
    for (std::size_t entry = 0; entry < entries; ++entry) {
        std::size_t rest = entry, bucket = 0;
        double value = 1;
        for (const Hash& hash : hashes) {
            const std::size_t p = rest % x.size();
            rest /= x.size();
            bucket += static_cast<std::size_t>(hash.buckets[p]);
            value *= static_cast<double>(hash.signs[p] * x[p]);
        }
        out[bucket % out.size()] += value;
    }
    return out;
}

/// Errors of the transforms are relative to the product of the lengths of the factors, which is
/// about |x|^q.
void check_close(std::span<const float> got, const Numbers& expected, const Vector& x,
                 Index degree) {
    const double scale = std::pow(dot(x, x), static_cast<double>(degree) / 2);
    double worst = 0;
    for (std::size_t t = 0; t < expected.size(); ++t) {
        worst = std::max(worst, std::abs(static_cast<double>(got[t]) - expected[t]));
    }
    CHECK(worst < 2e-6 * static_cast<double>(degree) * scale);
}

}  // namespace

TEST_CASE("a TensorSketch is the circular convolution of its CountSketches") {
    for (const Index outputs : {1, 2, 3, 8, 31, 64, 100, 105, 251}) {
        for (const Index degree : {1, 2, 3, 4, 7}) {
            for (const Index inputs : {1, 5, 50}) {
                INFO(inputs << " -> " << outputs << ", degree " << degree);
                const TensorSketch sketch(inputs, outputs, degree, Seed{3});
                const Vector x = random_vector(inputs, outputs);
                check_close(sketched(sketch, {x}).row(0), convolved(sketch, x), x, degree);
            }
        }
    }
}

TEST_CASE("more columns than are hashed together make no difference to a TensorSketch") {
    for (const Index inputs : {1024, 1025, 5000}) {
        const TensorSketch sketch(inputs, 60, 3, Seed{4});
        const Vector x = random_vector(inputs, 0);
        check_close(sketched(sketch, {x}).row(0), convolved(sketch, x), x, 3);
    }
}

TEST_CASE("a TensorSketch is the CountSketch of the tensor power") {
    for (const Index outputs : {1, 6, 7, 32}) {
        for (const Index degree : {1, 2, 3, 4, 5}) {
            INFO(outputs << " outputs, degree " << degree);
            const TensorSketch sketch(6, outputs, degree, Seed{8});
            const Vector x = random_vector(6, outputs);
            check_close(sketched(sketch, {x}).row(0), of_tensor_power(sketch, x), x, degree);
        }
    }
}

TEST_CASE("a TensorSketch of degree 1 is the CountSketch of the same seed, to the bit") {
    const Matrix<float> x = random_rows(20, 33);
    Matrix<float> got(20, 10), expected(20, 10);
    TensorSketch::Plan(TensorSketch(33, 10, 1, Seed{9})).apply(x, got);
    CountSketch::Plan(CountSketch(33, 10, Seed{9})).apply(x, expected);
    CHECK(got == expected);
}

TEST_CASE("expectation and variance of a TensorSketch") {
    constexpr int seeds = 20000;
    for (const Index degree : {1, 2, 3, 4}) {
        for (const Index outputs : {3, 4}) {
            INFO(outputs << " outputs, degree " << degree);
            check_expectation_and_variance(
                [&](Seed seed) { return TensorSketch(6, outputs, degree, seed); }, 6, seeds,
                static_cast<double>(degree));
        }
    }
}

TEST_CASE("the variance of a TensorSketch of degree 1 is that of the CountSketch") {
    for (const VectorPair& pair : vector_pairs(20)) {
        CHECK(TensorSketch(20, 12, 1, Seed{1}).variance(pair.x, pair.y) ==
              Approx(CountSketch(20, 12, Seed{1}).variance(pair.x, pair.y)));
    }
}

TEST_CASE("bits of a TensorSketch do not depend on threads, batches or where the rows lie") {
    for (const Index outputs : {15, 64, 100}) {
        for (const Index degree : {1, 2, 5}) {
            check_same_bits(TensorSketch(40, outputs, degree, Seed{11}));
        }
    }
    check_same_bits(TensorSketch(1500, 20000, 2, Seed{11}));
}

TEST_CASE("a TensorSketch of sparse rows is that of the rows written out") {
    for (const Index degree : {1, 2, 3}) {
        check_sparse_rows(TensorSketch(300, 48, degree, Seed{12}));
        check_sparse_rows(TensorSketch(300, 35, degree, Seed{12}));
    }
    check_sparse_rows(TensorSketch(15000, 32, 2, Seed{12}));
}

TEST_CASE("sparse rows of a TensorSketch may have 2^40 columns") {
    constexpr std::int64_t last = (std::int64_t{1} << 40) - 1;
    const std::vector<std::int64_t> columns = {7, last / 3, last};
    const std::vector<float> values = {0.5F, -1.0F, 2.0F};
    const std::vector<Index> row_starts = {0, 3};
    const TensorSketch sketch(last + 1, 16, 2, Seed{13});
    Matrix<float> out(1, 16);
    TensorSketch::Plan(sketch).apply(SparseRowsView(last + 1, row_starts, columns, values), out);

    Numbers expected;
    for (Index k = 0; k < 2; ++k) {
        std::vector<std::int32_t> buckets(3);
        Vector signs(3);
        HashedColumns(RandomStream(sketch.seed(), stream_number::sparse_sign_columns), k, 16)
            .gather(columns, buckets, signs);
        Numbers sums(16);
        for (std::size_t c = 0; c < 3; ++c) {
            sums[static_cast<std::size_t>(buckets[c])] += static_cast<double>(signs[c] * values[c]);
        }
        expected = k == 0 ? sums : circular_convolution(expected, sums);
    }
    check_close(out.row(0), expected, values, 2);
}

TEST_CASE("a TensorSketch is rebuilt from its description") {
    check_description(TensorSketch(100, 1024, 3, Seed{14}));
    check_description(TensorSketch(100, 1024, 2, Seed{14}));
    const OperatorDescription described = TensorSketch(100, 1024, 3, Seed{14}).description();
    CHECK(to_text(described) == "tensor_sketch(degree=3)");
    const OperatorDescription shape{.name = "", .inputs = 5, .outputs = 6, .seed = Seed{1}};
    CHECK(TensorSketch::from_description(parse_operator("tensor_sketch", shape)).degree() == 2);
    CHECK_THROWS_AS(
        TensorSketch::from_description(parse_operator("tensor_sketch(degree=0)", shape)),
        InvalidArgument);
}

TEST_CASE("what a TensorSketch cannot do is refused") {
    check_refusals(TensorSketch(10, 12, 2, Seed{15}));
    check_refusals(TensorSketch(10, 12, 1, Seed{15}));
    CHECK_THROWS_AS(TensorSketch(0, 12, 2, Seed{1}), InvalidArgument);
    CHECK_THROWS_AS(TensorSketch((Index{1} << 40) + 1, 12, 2, Seed{1}), InvalidArgument);
    CHECK_THROWS_AS(TensorSketch(10, 0, 2, Seed{1}), InvalidArgument);
    CHECK_THROWS_AS(TensorSketch(10, (Index{1} << 30) + 1, 2, Seed{1}), InvalidArgument);
    CHECK_THROWS_AS(TensorSketch(10, 12, 0, Seed{1}), InvalidArgument);
    CHECK_THROWS_AS(TensorSketch(10, 12, 65, Seed{1}), InvalidArgument);
    const Vector three(3);
    CHECK_THROWS_AS(TensorSketch(10, 12, 2, Seed{1}).variance(three, three), DimensionMismatch);
}

TEST_CASE("a TensorSketch that leaves the range of float32 names the row") {
    Matrix<float> x = random_rows(40, 10), out(40, 16);
    for (float& entry : x.row(33)) entry *= 1e20F;
    try {
        TensorSketch::Plan(TensorSketch(10, 16, 3, Seed{1})).apply(x, out);
        FAIL("a sketch that is not finite was given back");
    } catch (const NumericalError& error) {
        CHECK(std::string(error.what()).find("row 34") != std::string::npos);
    }
}

TEST_CASE("the highest degree of a TensorSketch stays accurate") {
    const TensorSketch sketch(12, 128, TensorSketch::largest_degree, Seed{16});
    const Vector x = random_vector(12, 3);
    const Numbers expected = convolved(sketch, x);
    const Matrix<float> got = sketched(sketch, {x});
    double error = 0, squared = 0;
    for (std::size_t t = 0; t < expected.size(); ++t) {
        error += std::pow(static_cast<double>(got.row(0)[t]) - expected[t], 2);
        squared += std::pow(expected[t], 2);
    }
    CHECK(std::sqrt(error / squared) < 1e-4);
}
