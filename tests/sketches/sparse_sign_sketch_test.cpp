#include "catch2.hpp"
#include "sketches/explicit_operator_checks.hpp"

#include <sketchntk/core/memory.hpp>
#include <sketchntk/sketches/count_sketch.hpp>
#include <sketchntk/sketches/sparse_sign_sketch.hpp>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

SparseSignSketch make_sparse_sign(Index inputs, Index outputs, Seed seed) {
    return {inputs, outputs, std::min<Index>(outputs, 5), seed};
}

struct SparseRows {
    Index columns_in_all;
    std::vector<Index> starts{0};
    std::vector<std::int64_t> columns;
    std::vector<float> values;

    SparseRows(Index dimension, Index rows, Index nonzeros) : columns_in_all(dimension) {
        for (Index i = 0; i < rows; ++i) {
            for (Index k = 0; k < nonzeros; ++k) {
                columns.push_back(dimension / nonzeros * k + i);
                values.push_back(static_cast<float>(k + 1));
            }
            starts.push_back(static_cast<Index>(columns.size()));
        }
    }
    [[nodiscard]] SparseRowsView view() const { return {columns_in_all, starts, columns, values}; }
};

}  // namespace

TEST_CASE("the sparse sign embedding does what every explicit row sketch does") {
    check_explicit_row_sketch(make_sparse_sign);
    check_same_bits(SparseSignSketch(130, 64, 64, Seed{1}));
    check_sparse_rows(SparseSignSketch(130, 70, 64, Seed{1}));
}

TEST_CASE("the sparse sign embedding is unbiased, with the variance of the closed formula") {
    for (const Index nonzeros : {1, 2, 3, 8, 16}) {
        INFO(nonzeros << " nonzeros");
        for (const Index outputs : {16, 19}) {
            check_expectation_and_variance(
                [&](Seed seed) {
                    return SparseSignSketch{12, outputs, nonzeros, seed};
                },
                12, 4000);
        }
    }
}

TEST_CASE("every column of a sparse sign embedding has one entry in each block") {
    constexpr Index d = 200;
    for (const Index m : {64, 70, 1001}) {
        for (const Index s : {1, 2, 3, 4, 5, 8, 64}) {
            const Matrix<float> matrix = transposed_matrix(SparseSignSketch(d, m, s, Seed{1}));
            const auto size = static_cast<float>(1 / std::sqrt(static_cast<double>(s)));
            for (Index j = 0; j < d; ++j) {
                for (Index k = 0; k < s; ++k) {
                    int entries = 0;
                    for (Index i = k * m / s; i < (k + 1) * m / s; ++i) {
                        if (matrix(j, i) == 0) continue;
                        CHECK(std::abs(matrix(j, i)) == size);
                        ++entries;
                    }
                    CHECK(entries == 1);
                }
            }
        }
    }
}

TEST_CASE("with one entry a column the sparse sign embedding is a CountSketch") {
    const Matrix<float> embedding = transposed_matrix(SparseSignSketch(500, 33, 1, Seed{4}));
    CHECK(embedding == transposed_matrix(CountSketch(500, 33, Seed{4})));
}

TEST_CASE("sparse rows of 2^40 columns need no memory for the columns") {
    constexpr Index dimension = Index{1} << 40;
    const SparseRows rows(dimension, 200, 1000);
    const SparseSignSketch sketch(dimension, 100, 8, Seed{3});
    const SparseSignSketch::Plan plan(sketch);
    Matrix<float> out(200, 100), column(1, 100);
    plan.apply(rows.view().middle_rows(0, 1), out.view().middle_rows(0, 1), Execution{});
    reset_peak_resident_bytes();
    const std::int64_t before = resident_bytes();
    plan.apply(rows.view(), out, Execution{.threads = 2});
    CHECK(peak_resident_bytes() - before < (Index{8} << 20));

    std::vector<double> expected(100);
    for (std::size_t k = 0; k < 1000; ++k) {
        const std::size_t entry = 150 * 1000 + k;
        sketch.fill(rows.columns[entry], 0, column);
        for (std::size_t i = 0; i < 100; ++i) {
            expected[i] += static_cast<double>(rows.values[entry] * column.row(0)[i]);
        }
    }
    for (std::size_t i = 0; i < 100; ++i) {
        CHECK(static_cast<double>(out.row(150)[i]) == Approx(expected[i]).margin(0.05));
    }
}

TEST_CASE("bad sparse rows are refused") {
    const SparseSignSketch::Plan plan(SparseSignSketch(10, 8, 2, Seed{1}));
    const std::vector<Index> starts{0, 1, 3};
    Matrix<float> out(2, 8);
    const auto message = [&](std::vector<std::int64_t> columns, std::vector<float> values) {
        try {
            plan.apply(SparseRowsView(10, starts, columns, values), out, Execution{});
        } catch (const InvalidArgument& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(message({1, 2, 3}, {1, 2, 3}).empty());
    CHECK(message({1, 3, 2}, {1, 2, 3}).find("row 2") != std::string::npos);
    CHECK(message({1, 3, 10}, {1, 2, 3}).find("row 2") != std::string::npos);
    CHECK(message({1, 3, 4}, {1, 2, std::numeric_limits<float>::infinity()})
              .find("row 2, column 5") != std::string::npos);
}

TEST_CASE("impossible sparse sign embeddings are refused") {
    check_refused_sizes(make_sparse_sign);
    CHECK_THROWS_AS(SparseSignSketch(10, 4, 5, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(SparseSignSketch(10, 4, 0, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(SparseSignSketch(10, 100, 65, Seed{}), InvalidArgument);
    CHECK_THROWS_AS(make_sparse_sign((Index{1} << 40) + 1, 4, Seed{}), InvalidArgument);
    OperatorDescription description = make_sparse_sign(10, 4, Seed{}).description();
    description.options = {};
    CHECK(SparseSignSketch::from_description(description).nonzeros() == 4);
    description.outputs = 100;
    CHECK(SparseSignSketch::from_description(description).nonzeros() == 8);
    CHECK(SparseSignSketch(100, 20, 4, Seed{}).flops(3) == Approx(2400));
}
