// header under test: sketchntk/data/row_sample.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/row_sample.hpp>

#include <algorithm>
#include <cmath>

using namespace sketchntk;

namespace {

// Row i is (i, -i).
Batch numbered_rows(Index first, Index count) {
    Matrix<double> inputs(count, 2);
    for (Index i = 0; i < count; ++i) {
        inputs(i, 0) = static_cast<double>(first + i);
        inputs(i, 1) = -static_cast<double>(first + i);
    }
    return {.first_row = first, .inputs = std::move(inputs), .targets = Matrix<double>(count, 0)};
}

std::vector<Index> sampled(Index size, Index rows, Index batch, Seed seed) {
    RowSample sample(size, 2, seed);
    for (Index first = 0; first < rows; first += batch)
        sample.add(numbered_rows(first, std::min(batch, rows - first)));
    const Batch kept = sample.rows();
    std::vector<Index> numbers;
    for (Index i = 0; i < kept.rows(); ++i) {
        const auto row = std::get<Matrix<double>>(kept.inputs).row(i);
        CHECK(row[1] == -row[0]);
        numbers.push_back(static_cast<Index>(row[0]));
    }
    return numbers;
}

}  // namespace

TEST_CASE("a sample has distinct rows in order, the same for any division into batches") {
    const std::vector<Index> whole = sampled(400, 3000, 3000, Seed{3});
    CHECK(whole.size() == 400);
    CHECK(std::is_sorted(whole.begin(), whole.end()));
    CHECK(std::adjacent_find(whole.begin(), whole.end()) == whole.end());
    CHECK(sampled(400, 3000, 1, Seed{3}) == whole);
    CHECK(sampled(400, 3000, 701, Seed{3}) == whole);
    CHECK_FALSE(sampled(400, 3000, 3000, Seed{4}) == whole);
}

TEST_CASE("a sample of more rows than there are is all of them, and one of none is empty") {
    const std::vector<Index> all = sampled(100, 30, 7, Seed{});
    REQUIRE(all.size() == 30);
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == static_cast<Index>(i));
    CHECK(sampled(0, 30, 7, Seed{}).empty());
}

TEST_CASE("targets stay with their rows, and a part of a sample is the smaller sample") {
    RowSample sample(400, 2, Seed{3}, 1);
    for (Index first = 0; first < 3000; first += 700) {
        Batch batch = numbered_rows(first, std::min<Index>(700, 3000 - first));
        batch.targets = Matrix<double>(batch.rows(), 1);
        for (Index i = 0; i < batch.rows(); ++i)
            batch.targets(i, 0) = 2 * static_cast<double>(first + i);
        sample.add(batch);
    }
    for (const Index size : {0, 1, 150, 400}) {
        const Batch rows = sample.rows(size);
        const std::vector<Index> expected = sampled(size, 3000, 3000, Seed{3});
        REQUIRE(rows.rows() == size);
        for (Index i = 0; i < size; ++i) {
            const auto number = static_cast<double>(expected[static_cast<std::size_t>(i)]);
            CHECK(std::get<Matrix<double>>(rows.inputs)(i, 0) == number);
            CHECK(rows.targets(i, 0) == 2 * number);
        }
    }
    CHECK_THROWS_AS(sample.add(numbered_rows(3000, 1)), DimensionMismatch);
}

TEST_CASE("rows that are held out are not sampled") {
    const RowSplit split = RowSplit::fraction(0.5, Seed{9});
    RowSample sample(1000, 2, Seed{3});
    sample.add(numbered_rows(0, 300), split);
    const Batch kept = sample.rows();
    Index training = 0;
    for (Index i = 0; i < 300; ++i) training += split.is_test(i) ? 0 : 1;
    REQUIRE(kept.rows() == training);
    for (Index i = 0; i < kept.rows(); ++i)
        CHECK_FALSE(split.is_test(static_cast<Index>(std::get<Matrix<double>>(kept.inputs)(i, 0))));
}

TEST_CASE("every row is as likely as another") {
    // 2,000 samples of 5 of 20 rows: each row comes 500 times, standard deviation
    // sqrt(2000 p (1 - p)), p = 1/4.
    std::vector<int> counts(20);
    for (std::uint64_t seed = 0; seed < 2000; ++seed)
        for (const Index row : sampled(5, 20, 20, Seed{seed}))
            ++counts[static_cast<std::size_t>(row)];
    const double deviation = std::sqrt(2000 * 0.25 * 0.75);
    for (const int count : counts) CHECK(std::abs(count - 500) < 5 * deviation);
}

TEST_CASE("sparse rows are written out, and rows of another width refused") {
    RowSample sample(3, 4, Seed{});
    SparseRows rows{
        .columns = 4, .row_starts = {0, 1, 3}, .column_numbers = {2, 0, 3}, .values = {5, 6, 7}};
    sample.add({.first_row = 0, .inputs = rows, .targets = Matrix<double>(2, 0)});
    const Batch batch = sample.rows();
    const auto& kept = std::get<Matrix<double>>(batch.inputs);
    REQUIRE(kept.rows() == 2);
    CHECK(kept(0, 2) == 5);
    CHECK(kept(0, 0) == 0);
    CHECK(kept(1, 0) == 6);
    CHECK(kept(1, 3) == 7);
    REQUIRE_THROWS_AS(sample.add(numbered_rows(0, 1)), DimensionMismatch);
    REQUIRE_THROWS_AS(RowSample(-1, 2, Seed{}), InvalidArgument);
}

TEST_CASE("merged samples are the sample of all rows, also by way of their numbers") {
    const std::vector<Index> whole = sampled(100, 1000, 1000, Seed{5});
    RowSample first(100, 2, Seed{5});
    RowSample second(100, 2, Seed{5});
    first.add(numbered_rows(0, 300));
    second.add(numbered_rows(300, 700));
    RowSample sent(100, 2, Seed{5});
    sent.keep(second.kept());
    first.merge(sent);
    const Matrix<double> kept = first.kept();
    REQUIRE(kept.rows() == 100);
    for (Index i = 0; i < 100; ++i) {
        CHECK(kept(i, 0) == static_cast<double>(whole[static_cast<std::size_t>(i)]));
        CHECK(kept(i, 1) == 1);
        CHECK(kept(i, 2) == kept(i, 0));
        CHECK(kept(i, 3) == -kept(i, 0));
    }
    REQUIRE_THROWS_AS(first.merge(RowSample(99, 2, Seed{5})), DimensionMismatch);
    REQUIRE_THROWS_AS(first.keep(Matrix<double>(1, 3)), DimensionMismatch);
}

TEST_CASE("weights stay with their rows, and rows of weight 0 stay out") {
    RowSample sample(50, 2, Seed{6});
    for (Index first = 0; first < 400; first += 200) {
        Batch batch = numbered_rows(first, 200);
        for (Index i = 0; i < 200; ++i)
            batch.weights.push_back(static_cast<double>((first + i) % 3));
        sample.add(batch);
    }
    const Batch kept = sample.rows();
    REQUIRE(kept.rows() == 50);
    for (Index i = 0; i < 50; ++i) {
        const auto number = static_cast<Index>(std::get<Matrix<double>>(kept.inputs)(i, 0));
        CHECK(kept.weight(i) == static_cast<double>(number % 3));
        CHECK(kept.weight(i) > 0);
    }
}
