#include "catch2.hpp"
#include "temporary_path.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/standardiser.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

Batch batch_of(Matrix<double> inputs, Index first_row = 0) {
    Batch batch;
    batch.first_row = first_row;
    batch.inputs = std::move(inputs);
    return batch;
}

Batch middle(const Matrix<double>& all, Index first, Index count) {
    Matrix<double> part(count, all.columns());
    for (Index i = 0; i < count; ++i)
        std::copy(all.row(first + i).begin(), all.row(first + i).end(), part.row(i).begin());
    return batch_of(std::move(part), first);
}

SparseRows sparse(const Matrix<double>& dense) {
    SparseRows rows;
    rows.columns = dense.columns();
    for (Index i = 0; i < dense.rows(); ++i) {
        for (Index j = 0; j < dense.columns(); ++j) {
            if (dense(i, j) == 0) continue;
            rows.column_numbers.push_back(j);
            rows.values.push_back(dense(i, j));
        }
        rows.row_starts.push_back(static_cast<Index>(rows.values.size()));
    }
    return rows;
}

/// Columns: normal; a large offset; half zeros; constant; equal up to rounding noise.
Matrix<double> example(Index rows) {
    std::mt19937_64 random(11);
    std::normal_distribution<double> normal;
    Matrix<double> x(rows, 5);
    for (Index i = 0; i < rows; ++i) {
        x(i, 0) = 3 * normal(random) - 1;
        x(i, 1) = 1e9 + normal(random);
        x(i, 2) = normal(random) > 0 ? normal(random) : 0;
        x(i, 3) = 0.1;
        x(i, 4) = i % 2 == 0 ? 1e6 : std::nextafter(1e6, 2e6);
    }
    return x;
}

const std::vector<std::string> names = {"a", "b", "c", "constant", "noise"};

Standardiser learnt(const Matrix<double>& x, Index batch_size) {
    Standardiser standardiser(names);
    for (Index first = 0; first < x.rows(); first += batch_size)
        standardiser.add(middle(x, first, std::min(batch_size, x.rows() - first)));
    standardiser.finish();
    return standardiser;
}

/// Mean and population standard deviation by two passes in extended precision.
std::pair<double, double> two_pass(const Matrix<double>& x, Index column) {
    long double sum = 0;
    for (Index i = 0; i < x.rows(); ++i) sum += x(i, column);
    const long double mean = sum / static_cast<long double>(x.rows());
    long double squares = 0;
    for (Index i = 0; i < x.rows(); ++i) squares += (x(i, column) - mean) * (x(i, column) - mean);
    return {static_cast<double>(mean),
            static_cast<double>(std::sqrt(squares / static_cast<long double>(x.rows())))};
}

}  // namespace

TEST_CASE("means and scales are those of a two-pass computation") {
    const Matrix<double> x = example(5000);
    const Standardiser standardiser = learnt(x, 64);
    REQUIRE(standardiser.kept_columns() == std::vector<Index>{0, 1, 2});
    CHECK(standardiser.constant_columns() == std::vector<Index>{3, 4});
    CHECK(standardiser.output_columns() == 3);
    CHECK(standardiser.rows_seen() == 5000);
    for (Index j = 0; j < 3; ++j) {
        const auto [mean, scale] = two_pass(x, j);
        const auto k = static_cast<std::size_t>(j);
        CHECK(standardiser.means()[k] == Approx(mean).epsilon(1e-12));
        // Rounding of the running mean, at most eps * |mean| a row, enters the deviations.
        const double tolerance = 1e-12 + 5000 * 2.3e-16 * std::abs(mean) / scale;
        CHECK(std::abs(standardiser.scales()[k] / scale - 1) < tolerance);
    }
}

TEST_CASE("learning does not depend on batches, nor on rows being sparse") {
    const Matrix<double> x = example(1000);
    const Standardiser one = learnt(x, 1000);
    CHECK(learnt(x, 1) == one);
    CHECK(learnt(x, 3) == one);
    CHECK(learnt(x, 999) == one);
    Standardiser from_sparse(names);
    Batch batch;
    batch.inputs = sparse(x);
    from_sparse.add(batch);
    from_sparse.finish();
    CHECK(from_sparse == one);
    CHECK(from_sparse.apply(batch) == one.apply(batch_of(x)));
}

TEST_CASE("merging equals learning from all rows, up to rounding") {
    const Matrix<double> x = example(1000);
    Standardiser left(names);
    Standardiser right(names);
    const Standardiser nothing(names);
    left.add(middle(x, 0, 300));
    right.add(middle(x, 300, 700));
    left.merge(nothing);
    left.merge(right);
    left.finish();
    const Standardiser whole = learnt(x, 1000);
    REQUIRE(left.kept_columns() == whole.kept_columns());
    CHECK(left.rows_seen() == 1000);
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(left.means()[k] == Approx(whole.means()[k]).epsilon(1e-12));
        CHECK(left.scales()[k] == Approx(whole.scales()[k]).epsilon(1e-6));
    }
    Standardiser empty(names);
    empty.merge(right);
    right.finish();
    empty.finish();
    CHECK(empty == right);
}

TEST_CASE("apply gives the standardised columns that vary") {
    const Matrix<double> x = example(500);
    const Standardiser standardiser = learnt(x, 100);
    const Matrix<float> z = standardiser.apply(batch_of(x));
    REQUIRE(z.rows() == 500);
    REQUIRE(z.columns() == 3);
    for (Index j = 0; j < 3; ++j) {
        const auto [mean, scale] = two_pass(x, j);
        double worst = 0;
        for (Index i = 0; i < 500; ++i)
            worst = std::max(worst, std::abs(z(i, j) - (x(i, j) - mean) / scale));
        CHECK(worst < 1e-5);
    }
}

TEST_CASE("stored values make the same standardiser") {
    const Matrix<double> x = example(200);
    const Standardiser standardiser = learnt(x, 50);
    const Standardiser restored = Standardiser::from_values(
        names, standardiser.kept_columns(), standardiser.means(), standardiser.scales());
    CHECK(restored.finished());
    CHECK(restored.apply(batch_of(x)) == standardiser.apply(batch_of(x)));
    CHECK_THROWS_AS(Standardiser::from_values(names, {0, 1}, {0.0}, {1, 1}), InvalidArgument);
    CHECK_THROWS_AS(Standardiser::from_values(names, {5}, {0.0}, {1.0}), InvalidArgument);
    CHECK_THROWS_AS(Standardiser::from_values(names, {1, 1}, {0, 0}, {1, 1}), InvalidArgument);
    CHECK_THROWS_AS(Standardiser::from_values(names, {1}, {0.0}, {0.0}), InvalidArgument);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(Standardiser::from_values(names, {1}, {nan}, {1.0}), InvalidArgument);
}

TEST_CASE("the identity keeps rows as they are") {
    const Matrix<double> x = example(20);
    const Matrix<float> z = Standardiser::identity(names).apply(batch_of(x));
    REQUIRE(z.columns() == 5);
    for (Index i = 0; i < 20; ++i)
        for (Index j = 0; j < 5; ++j) REQUIRE(z(i, j) == static_cast<float>(x(i, j)));
}

TEST_CASE("what cannot be standardised is refused") {
    Matrix<double> x(2, 2);
    x(0, 0) = 1;
    x(0, 1) = 2;
    x(1, 0) = 3;
    const std::vector<std::string> two = {"first", "second"};
    Standardiser standardiser(two);
    CHECK_THROWS_AS(standardiser.apply(batch_of(x)), InvalidArgument);
    CHECK_THROWS_AS(standardiser.finish(), InvalidArgument);
    CHECK_THROWS_AS(standardiser.add(batch_of(Matrix<double>(1, 3))), DimensionMismatch);
    standardiser.add(batch_of(x));
    standardiser.finish();
    CHECK_THROWS_AS(standardiser.add(batch_of(x)), InvalidArgument);

    x(1, 1) = 1e300;
    CHECK(message_of<NumericalError>([&] { (void)standardiser.apply(batch_of(x, 10)); }) ==
          "row 12, column 'second': expected a standardised value within float32, got 1e+300");
    CHECK_THROWS_AS(Standardiser::identity(two).apply(batch_of(x)), NumericalError);
    Standardiser overflowing(two);
    overflowing.add(batch_of(x));
    CHECK(contains(message_of<NumericalError>([&] { overflowing.finish(); }), "column 'second'"));

    Standardiser constant(two);
    constant.add(batch_of(Matrix<double>(4, 2)));
    CHECK(contains(message_of<InvalidArgument>([&] { constant.finish(); }),
                   "2 constant ones in 4 rows"));
}

TEST_CASE("images are standardised by channels, and keep all pixels") {
    // Two pixels of three channels; the last channel is constant.
    Matrix<double> x(2, 6);
    const std::vector<std::vector<double>> rows{{1, 10, 7, 3, 20, 7}, {5, 10, 7, 7, 40, 7}};
    for (std::size_t i = 0; i < 2; ++i)
        std::copy(rows[i].begin(), rows[i].end(), x.row(static_cast<Index>(i)).begin());
    const std::vector<std::string> columns{"1", "2", "3", "4", "5", "6"};
    Standardiser standardiser(columns, 3);
    standardiser.add(batch_of(x));
    standardiser.finish();
    CHECK(standardiser.output_columns() == 6);
    CHECK(standardiser.constant_columns().empty());
    // 1, 3, 5, 7: mean 4, variance 5; 10, 10, 20, 40: mean 20, variance 150.
    const std::vector<double> means{4, 20, 7, 4, 20, 7};
    const std::vector<double> scales{std::sqrt(5.), std::sqrt(150.), 1};
    for (std::size_t j = 0; j < 6; ++j) {
        CHECK(standardiser.means()[j] == Approx(means[j]).epsilon(1e-14));
        CHECK(standardiser.scales()[j] == Approx(scales[j % 3]).epsilon(1e-14));
    }
    const Matrix<float> z = standardiser.apply(batch_of(x));
    CHECK(z(1, 4) == Approx(20 / std::sqrt(150.)).epsilon(1e-6));
    CHECK(z(0, 2) == 0);
    CHECK(z(1, 5) == 0);

    CHECK_THROWS_AS(Standardiser(columns, 4), InvalidArgument);
    Standardiser other(columns, 2);
    CHECK_THROWS_AS(other.merge(Standardiser(columns, 3)), InvalidArgument);
    Matrix<double> constant(2, 6);
    Standardiser of_constants(columns, 3);
    of_constants.add(batch_of(constant));
    CHECK_THROWS_AS(of_constants.finish(), InvalidArgument);
}

TEST_CASE("a row of weight w is learnt like w rows") {
    const Matrix<double> x = example(300);
    Batch weighted = batch_of(x);
    Standardiser by_weight({"a", "b", "c", "d", "e"});
    Standardiser repeated({"a", "b", "c", "d", "e"});
    for (Index i = 0; i < 300; ++i) {
        weighted.weights.push_back(static_cast<double>(i % 4));
        for (Index k = 0; k < i % 4; ++k) repeated.add(middle(x, i, 1));
    }
    by_weight.add(weighted);
    CHECK(by_weight.rows_seen() == 225);
    by_weight.finish();
    repeated.finish();
    REQUIRE(by_weight.kept_columns() == repeated.kept_columns());
    for (std::size_t k = 0; k < by_weight.means().size(); ++k) {
        CHECK(by_weight.means()[k] == Approx(repeated.means()[k]).epsilon(1e-13));
        // A column of a large offset has lost digits of its deviations before it gets here.
        CHECK(by_weight.scales()[k] == Approx(repeated.scales()[k]).epsilon(1e-7));
    }
}

TEST_CASE("learning goes on from its state with the same bits") {
    const Matrix<double> x = example(100);
    const std::vector<std::string> names{"a", "b", "c", "d", "e"};
    Standardiser whole(names);
    whole.add(middle(x, 0, 60));
    Standardiser resumed = Standardiser::resumed(names, 0, whole.learning_state());
    CHECK(resumed == whole);
    whole.add(middle(x, 60, 40));
    resumed.add(middle(x, 60, 40));
    whole.finish();
    resumed.finish();
    CHECK(resumed == whole);
    REQUIRE_THROWS_AS(whole.learning_state(), InvalidArgument);
    REQUIRE_THROWS_AS(Standardiser::resumed({"a"}, 0, {3, 3.0, Matrix<double>(2, 4)}),
                      DimensionMismatch);
}
