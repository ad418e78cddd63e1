#pragma once

#include "catch2.hpp"
#include "repetitions.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

/// What every row sketch is held to: the same bits for any number of threads and rows, sparse rows
/// as dense ones, JSON that gives the operator back, an expectation and a variance as stated.
namespace sketchntk::sketches::testing {

using Vector = std::vector<float>;

inline double dot(const Vector& a, const Vector& b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    }
    return sum;
}

/// A normal vector of length about 1.
inline Vector random_vector(Index dimension, Index number) {
    Vector out(static_cast<std::size_t>(dimension));
    RandomStream(Seed{77}, 0).fill_normal(number, 0, out);
    for (float& entry : out) entry /= std::sqrt(static_cast<float>(dimension));
    return out;
}

struct VectorPair {
    std::string name;
    Vector x, y;
};

/// Two vectors in general position, orthogonal, equal, sparse (one common entry), and spiky.
inline std::vector<VectorPair> vector_pairs(Index dimension) {
    const Vector x = random_vector(dimension, 0), y = random_vector(dimension, 1);
    Vector orthogonal = y, sparse(x.size()), also_sparse(x.size()), spiky = x, also_spiky = y;
    const auto projection = static_cast<float>(dot(x, y) / dot(x, x));
    for (std::size_t k = 0; k < x.size(); ++k) orthogonal[k] -= projection * x[k];
    sparse[0] = 0.6F;
    sparse[x.size() / 2] = -0.8F;
    also_sparse[x.size() / 2] = 0.9F;
    also_sparse.back() = 0.3F;
    spiky.back() = 2.0F;
    also_spiky.back() = -1.5F;
    return {{"general", x, y},
            {"orthogonal", x, orthogonal},
            {"equal", x, x},
            {"sparse", sparse, also_sparse},
            {"sparse, equal", sparse, sparse},
            {"spiky", spiky, also_spiky}};
}

/// S x for each of the vectors, as rows.
template <RowSketch Sketch>
Matrix<float> sketched(const Sketch& sketch, const std::vector<Vector>& vectors) {
    Matrix<float> x(static_cast<Index>(vectors.size()), sketch.input_dimension());
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        std::copy(vectors[i].begin(), vectors[i].end(), x.row(static_cast<Index>(i)).begin());
    }
    Matrix<float> out(x.rows(), sketch.output_dimension());
    typename Sketch::Plan(sketch).apply(x, out, Execution{.threads = 1});
    return out;
}

inline double row_product(const Matrix<float>& rows, Index i, Index j) {
    double sum = 0;
    for (Index k = 0; k < rows.columns(); ++k) {
        sum += static_cast<double>(rows(i, k)) * static_cast<double>(rows(j, k));
    }
    return sum;
}

/// Mean and variance of a sample, with the standard errors of both.
struct Moments {
    double mean, mean_error, variance, variance_error;
};
inline Moments moments(const std::vector<double>& sample) {
    const auto count = static_cast<double>(sample.size());
    double sum = 0, second = 0, fourth = 0;
    for (const double value : sample) sum += value;
    const double mean = sum / count;
    for (const double value : sample) {
        const double square = (value - mean) * (value - mean);
        second += square;
        fourth += square * square;
    }
    const double variance = second / count;
    const double spread = std::max(0.0, fourth / count - variance * variance);
    return {mean, std::sqrt(variance / count), variance, std::sqrt(spread / count)};
}

/// <S x, S y> under the seeds 1, ..., count. `make(seed)` gives the sketch.
template <typename Make>
std::vector<double> inner_products(const Make& make, const VectorPair& pair, int count) {
    std::vector<double> sample;
    for (int k = 1; k <= sketchntk_test::repetitions(count); ++k) {
        const Matrix<float> rows =
            sketched(make(Seed{static_cast<std::uint64_t>(k)}), {pair.x, pair.y});
        sample.push_back(row_product(rows, 0, 1));
    }
    return sample;
}

/// The mean lies within 5 standard errors of what it should be; `rounding` is the error that
/// float32 arithmetic may add.
inline void check_mean(const Moments& found, double expected, double rounding) {
    INFO("mean " << found.mean << " +- " << found.mean_error << ", expected " << expected);
    CHECK(std::abs(found.mean - expected) <= 5 * found.mean_error + rounding);
}
/// The variance lies within 5 standard errors of what it should be.
inline void check_variance(const Moments& found, double expected, double rounding) {
    INFO("variance " << found.variance << " +- " << found.variance_error << ", expected "
                     << expected);
    CHECK(std::abs(found.variance - expected) <= 5 * found.variance_error + rounding);
}

/// Expectation <x, y>^degree and the closed-form variance, on all pairs of vectors.
template <typename Make>
void check_expectation_and_variance(const Make& make, Index dimension, int seeds,
                                    double degree = 1) {
    for (const VectorPair& pair : vector_pairs(dimension)) {
        INFO(pair.name);
        const Moments found = moments(inner_products(make, pair, seeds));
        const double scale = std::pow(std::sqrt(dot(pair.x, pair.x) * dot(pair.y, pair.y)), degree);
        check_mean(found, std::pow(dot(pair.x, pair.y), degree), 1e-5 * scale);
        check_variance(found, make(Seed{1}).variance(pair.x, pair.y), 1e-9 * scale * scale);
    }
}

inline Matrix<float> random_rows(Index rows, Index columns) {
    Matrix<float> x(rows, columns);
    for (Index i = 0; i < rows; ++i) RandomStream(Seed{5}, 1).fill_normal(i, 0, x.row(i));
    return x;
}

/// 1, 2 and 5 threads, and rows handed over one by one, seven at a time or through views with a
/// stride, give the same bits.
template <RowSketch Sketch>
void check_same_bits(const Sketch& sketch, Index rows = 37) {
    const Matrix<float> x = random_rows(rows, sketch.input_dimension());
    const typename Sketch::Plan plan(sketch);
    Matrix<float> expected(rows, sketch.output_dimension());
    plan.apply(x, expected, Execution{.threads = 1});
    for (const int threads : {2, 5}) {
        Matrix<float> out(rows, sketch.output_dimension());
        plan.apply(x, out, Execution{.threads = threads});
        CHECK(out == expected);
    }
    for (const Index batch : {1, 7}) {
        Matrix<float> out(rows, sketch.output_dimension());
        for (Index first = 0; first < rows; first += batch) {
            const Index count = std::min(batch, rows - first);
            const typename Sketch::Plan again(sketch);
            again.apply(x.view().middle_rows(first, count), out.view().middle_rows(first, count),
                        Execution{.threads = 2});
        }
        CHECK(out == expected);
    }
    Matrix<float> wide_x(rows, x.columns() + 3), wide_out(rows, expected.columns() + 5);
    const MatrixView<float> strided_x = wide_x.view().middle_columns(1, x.columns());
    const MatrixView<float> strided_out = wide_out.view().middle_columns(1, expected.columns());
    for (Index i = 0; i < rows; ++i) {
        std::copy_n(x.row(i).data(), x.columns(), strided_x.row(i).data());
    }
    plan.apply(strided_x, strided_out, Execution{.threads = 1});
    for (Index i = 0; i < rows; ++i) {
        CHECK(
            std::equal(expected.row(i).begin(), expected.row(i).end(), strided_out.row(i).begin()));
    }
}

/// Rows with a tenth of their entries, some rows empty, dense and in compressed form.
struct SparseExample {
    Matrix<float> dense;
    std::vector<Index> row_starts{0};
    std::vector<std::int64_t> columns;
    std::vector<float> values;

    [[nodiscard]] SparseRowsView view() const {
        return {dense.columns(), row_starts, columns, values};
    }
};
inline SparseExample sparse_example(Index rows, Index columns) {
    SparseExample example;
    example.dense = random_rows(rows, columns);
    const RandomStream choice(Seed{6}, 2);
    for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < columns; ++j) {
            const bool kept = i % 5 != 3 && choice.uniform_index(i, j, 10) == 0;
            if (!kept) {
                example.dense(i, j) = 0.0F;
                continue;
            }
            example.columns.push_back(j);
            example.values.push_back(example.dense(i, j));
        }
        example.row_starts.push_back(static_cast<Index>(example.columns.size()));
    }
    return example;
}

/// Sparse rows give what the same rows written out give, with the same bits for any number of
/// threads and rows.
template <SparseRowSketch Sketch>
void check_sparse_rows(const Sketch& sketch, double tolerance = 1e-5) {
    const SparseExample example = sparse_example(41, sketch.input_dimension());
    const typename Sketch::Plan plan(sketch);
    Matrix<float> dense(41, sketch.output_dimension()), sparse = dense, again = dense;
    plan.apply(example.dense, dense, Execution{.threads = 1});
    plan.apply(example.view(), sparse, Execution{.threads = 1});
    for (Index i = 0; i < 41; ++i) {
        const double scale = std::sqrt(row_product(dense, i, i)) + 1e-30;
        for (Index k = 0; k < dense.columns(); ++k) {
            if (std::abs(static_cast<double>(dense(i, k) - sparse(i, k))) > tolerance * scale) {
                INFO("row " << i << ", output " << k);
                REQUIRE(dense(i, k) == sparse(i, k));
            }
        }
    }
    plan.apply(example.view(), again, Execution{.threads = 5});
    CHECK(again == sparse);
    for (Index first = 0; first < 41; first += 6) {
        const Index count = std::min<Index>(6, 41 - first);
        plan.apply(example.view().middle_rows(first, count), again.view().middle_rows(first, count),
                   Execution{.threads = 2});
    }
    CHECK(again == sparse);
}

/// Description, text and JSON give the operator back; another seed is another operator.
template <RandomOperator Operator>
void check_description(const Operator& random_operator) {
    const OperatorDescription description = random_operator.description();
    INFO(to_sentence(description));
    CHECK(Operator::from_description(description) == random_operator);
    CHECK(from_json<Operator>(to_json(random_operator)) == random_operator);
    CHECK(parse_operator(to_text(description), description) == description);
    OperatorDescription other = description;
    ++other.seed.value;
    CHECK(!(Operator::from_description(other) == random_operator));
    other = description;
    other.options.emplace_back("no_such_option", Index{1});
    CHECK_THROWS_AS(Operator::from_description(other), InvalidArgument);
    other = description;
    other.name = "no_such_operator";
    CHECK_THROWS_AS(Operator::from_description(other), InvalidArgument);
}

/// Shapes that do not fit and numbers that are not finite are refused.
template <RowSketch Sketch>
void check_refusals(const Sketch& sketch) {
    const typename Sketch::Plan plan(sketch);
    Matrix<float> x = random_rows(4, sketch.input_dimension());
    Matrix<float> out(4, sketch.output_dimension()), narrow(4, sketch.output_dimension() + 1);
    Matrix<float> wide(4, sketch.input_dimension() + 1);
    CHECK_THROWS_AS(plan.apply(x, narrow, Execution{}), DimensionMismatch);
    CHECK_THROWS_AS(plan.apply(wide, out, Execution{}), DimensionMismatch);
    x(2, 0) = std::numeric_limits<float>::quiet_NaN();
    try {
        plan.apply(x, out, Execution{});
        FAIL("a value that is not a number was taken");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("row 3, column 1") != std::string::npos);
    }
}

}  // namespace sketchntk::sketches::testing
