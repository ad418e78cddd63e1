#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/data/container.hpp>

#include <cmath>
#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

bool same_bits(const RidgeAccumulator& a, const RidgeAccumulator& b) {
    const RidgeStatistics& x = a.statistics();
    const RidgeStatistics& y = b.statistics();
    return x.rows == y.rows && x.gram == y.gram && x.cross == y.cross &&
           x.target_sums == y.target_sums && x.target_squares == y.target_squares;
}

RidgeAccumulator flushed(const Problem& problem, Index batch, int threads) {
    RidgeAccumulator accumulator(problem.features.cols(), problem.targets.cols());
    add_in_batches(accumulator, problem, batch, Execution{threads});
    accumulator.flush(Execution{threads});
    return accumulator;
}

}  // namespace

TEST_CASE("the accumulator holds the sums of the rows") {
    const Problem problem(2500, 300, 2);
    const RidgeAccumulator accumulator = flushed(problem, 700, 2);
    const RidgeStatistics& sums = accumulator.statistics();
    REQUIRE(sums.rows == 2500);
    const DenseMatrix gram = problem.features.transpose() * problem.features;
    for (Index i = 0; i < 300; ++i)
        for (Index j = 0; j <= i; ++j)
            REQUIRE(std::abs(sums.gram(i, j) - gram(i, j)) < 1e-12 * gram.maxCoeff());
    const DenseMatrix cross = problem.features.transpose() * problem.targets;
    CHECK(relative_difference(as_eigen(sums.cross).leftCols(2), cross) < 1e-12);
    CHECK(relative_difference(as_eigen(sums.cross).rightCols(1),
                              problem.features.colwise().sum().transpose()) < 1e-12);
    CHECK(sums.trace() == Approx(problem.features.squaredNorm()).epsilon(1e-12));
    for (Index j = 0; j < 2; ++j) {
        const auto k = static_cast<std::size_t>(j);
        CHECK(sums.target_sums[k] == Approx(problem.targets.col(j).sum()).epsilon(1e-12));
        CHECK(sums.target_squares[k] ==
              Approx(problem.targets.col(j).squaredNorm()).epsilon(1e-12));
    }
}

TEST_CASE("the accumulator's bits depend neither on threads nor on batches") {
    const Problem problem(12000, 300, 1);
    const RidgeAccumulator reference = flushed(problem, 1000, 1);
    for (const int threads : {1, 2, 5})
        for (const Index batch : {1000, 4096, 10007})
            CHECK(same_bits(flushed(problem, batch, threads), reference));
}

TEST_CASE("merged accumulators hold the sums of all rows") {
    const Problem problem(3000, 40, 2);
    Problem first = problem;
    Problem second = problem;
    first.features = problem.features.topRows(1300);
    first.targets = problem.targets.topRows(1300);
    second.features = problem.features.bottomRows(1700);
    second.targets = problem.targets.bottomRows(1700);
    RidgeAccumulator merged = accumulate(first);
    merged.merge(accumulate(second), {});
    REQUIRE(merged.rows() == 3000);
    REQUIRE(merged.pending().rows() == 0);
    const RidgeAccumulator whole = flushed(problem, 3000, 1);
    CHECK(relative_difference(as_eigen(merged.statistics().gram),
                              as_eigen(whole.statistics().gram)) < 1e-13);
    CHECK(relative_difference(as_eigen(merged.statistics().cross),
                              as_eigen(whole.statistics().cross)) < 1e-13);
    CHECK_THROWS_AS(merged.merge(RidgeAccumulator(41, 2), {}), DimensionMismatch);
    CHECK_THROWS_AS(merged.merge(RidgeAccumulator(40, 1), {}), DimensionMismatch);
}

TEST_CASE("an accumulator that was saved and loaded goes on as if it had not stopped") {
    const Problem problem(3000, 40, 2);
    const Matrix<float> features = to_float(problem.features);
    const Matrix<double> targets = to_matrix(problem.targets);
    const TemporaryFile file("accumulator");
    RidgeAccumulator stopped(40, 2);
    stopped.add(features.view().middle_rows(0, 1500), targets.view().middle_rows(0, 1500), {});
    stopped.save(file.path());
    RidgeAccumulator resumed = RidgeAccumulator::load(file.path());
    REQUIRE(resumed.rows() == 1500);
    REQUIRE(resumed.pending().rows() == 1500 - RowChunk::capacity);
    resumed.add(features.view().middle_rows(1500, 1500), targets.view().middle_rows(1500, 1500),
                {});
    resumed.flush({});
    CHECK(same_bits(resumed, flushed(problem, 3000, 1)));
}

TEST_CASE("a file that holds no accumulator is refused") {
    const TemporaryFile file("wrong");
    const auto refused = [&](const std::string& header, std::vector<ContainerArray> arrays) {
        write_container(file.path(), {"ridge accumulator", 1, header, std::move(arrays)});
        return message_of([&] { static_cast<void>(RidgeAccumulator::load(file.path())); });
    };
    const std::string header =
        R"({"features": 2, "targets": 1, "rows": 3, "pending": 0, "chunk_rows": 1024})";
    CHECK(contains(refused("{", {}), "header"));
    CHECK(contains(refused(R"({"features": 0})", {}), "header"));
    CHECK(contains(refused(header, {}), "missing"));
    CHECK(contains(
        refused(header, {{"targets", Matrix<double>(2, 1)}, {"gram", Matrix<double>(2, 3)}}),
        "expected 2 x 2, got 2 x 3"));
    CHECK(contains(refused(header, {}), file.path()));
}

TEST_CASE("the accumulator refuses bad rows and adds nothing of them") {
    CHECK_THROWS_AS(RidgeAccumulator(0, 1), InvalidArgument);
    CHECK_THROWS_AS(RidgeAccumulator(1, -1), InvalidArgument);
    RidgeAccumulator accumulator(3, 1);
    Matrix<float> features(2000, 3);
    Matrix<double> targets(2000, 1);
    accumulator.add(features, targets, {});
    CHECK_THROWS_AS(accumulator.add(Matrix<float>(2, 4), Matrix<double>(2, 1), {}),
                    DimensionMismatch);
    CHECK_THROWS_AS(accumulator.add(Matrix<float>(2, 3), Matrix<double>(3, 1), {}),
                    DimensionMismatch);
    const auto message = [&] {
        return message_of([&] { accumulator.add(features, targets, Execution{2}); });
    };
    features(1999, 1) = std::numeric_limits<float>::infinity();
    CHECK(contains(message(), "features: expected finite numbers, got inf in row 3999, column 1"));
    targets(700, 0) = std::numeric_limits<double>::quiet_NaN();
    CHECK(contains(message(), "targets"));
    CHECK(contains(message(), "row 2700, column 0"));
    CHECK(accumulator.rows() == 2000);
}

TEST_CASE("an accumulator says what memory it takes") {
    CHECK(RidgeAccumulator::bytes(4096, 1) == 8 * (4096 * 4096 + 4096 * 2 + 2 + 1024 * (4096 + 2)));
}
