#include "catch2.hpp"
#include "temporary_path.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/gram_file.hpp>

#include <atomic>
#include <cmath>
#include <limits>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

/// K(i, j) = sin(1 + i j), asked for in tiles of a given side, in single entries as a rule, that
/// are counted; fails at one of them.
class CountedPairs final : public KernelTiles<double> {
  public:
    CountedPairs(Index rows, Index columns, Index side = 1)
        : rows_(rows), columns_(columns), side_(side) {}

    [[nodiscard]] Index rows() const override { return rows_; }
    [[nodiscard]] Index columns() const override { return columns_; }
    [[nodiscard]] bool symmetric() const override { return rows_ == columns_; }
    [[nodiscard]] Index shared_side() const override { return side_; }
    void tile(Index i, Index j, MatrixView<double> out) const override {
        if (i % side_ != 0 || j % side_ != 0 || out.rows() != std::min(side_, rows_ - i) ||
            out.columns() != std::min(side_, columns_ - j))
            throw std::logic_error("not a tile");
        if (++evaluations == fails_at) throw NumericalError("no value");
        for (Index a = 0; a < out.rows(); ++a)
            for (Index b = 0; b < out.columns(); ++b) out(a, b) = value(i + a, j + b);
    }
    static double value(Index i, Index j) { return std::sin(1 + static_cast<double>(i * j)); }

    mutable std::atomic<Index> evaluations{0};
    Index fails_at = std::numeric_limits<Index>::max();

  private:
    Index rows_;
    Index columns_;
    Index side_;
};

/// Stops the run once so many pairs are done; keeps what a run killed there would leave.
class StopAt final : public ProgressObserver {
  public:
    StopAt(Index pairs, std::string path) : pairs_(pairs), path_(std::move(path)) {}

    void update(const Progress& progress) override {
        if (progress.stage != "kernel" || progress.done < pairs_) return;
        for (const char* ending : {".partial", ".partial.json"})
            std::filesystem::copy_file(path_ + ending, path_ + ending + "-then");
        throw Interrupted("interrupted");
    }
    void restore() const {
        for (const char* ending : {".partial", ".partial.json"})
            std::filesystem::rename(path_ + ending + "-then", path_ + ending);
    }

  private:
    Index pairs_;
    std::string path_;
};

struct GramFile {
    TemporaryDirectory directory;
    std::string path = directory.file("k.npy");
    RunDescription description{{"network", "any"}};

    Index write(const CountedPairs& kernel, const Execution& execution) const {
        return write_gram(kernel, path, NpyScalar::float64, description, execution);
    }
    void check_whole(Index rows, Index columns) const {
        const Matrix<double> matrix = read_npy(path);
        REQUIRE(matrix.rows() == rows);
        REQUIRE(matrix.columns() == columns);
        Index wrong = 0;
        for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < columns; ++j)
                if (matrix(i, j) != CountedPairs::value(i, j)) ++wrong;
        CHECK(wrong == 0);
        CHECK(directory.entries() == 1);
    }
};

}  // namespace

TEST_CASE_METHOD(GramFile, "each pair of a symmetric kernel is computed once") {
    for (const int threads : {1, 3}) {
        const CountedPairs square(70, 70);
        CHECK(write(square, {.threads = threads}) == 0);
        CHECK(square.evaluations == 70 * 71 / 2);
        check_whole(70, 70);
        const CountedPairs cross(31, 50);
        CHECK(write(cross, {.threads = threads}) == 0);
        CHECK(cross.evaluations == 31 * 50);
        check_whole(31, 50);
    }
}

TEST_CASE_METHOD(GramFile, "tiles of several pairs are written on both sides of the diagonal") {
    for (const Index n : {1, 8, 9, 10, 40}) {
        INFO(n);
        const CountedPairs square(n, n, 9);
        write(square, {.threads = 2});
        const Index blocks = (n + 8) / 9;
        CHECK(square.evaluations == blocks * (blocks + 1) / 2);
        check_whole(n, n);
        write(CountedPairs(n, n + 5, 9), {.threads = 2});
        check_whole(n, n + 5);
    }
}

TEST_CASE_METHOD(GramFile, "a Gram matrix goes on where a run was stopped") {
    for (const auto& [rows, columns] : {std::pair<Index, Index>{60, 60}, {40, 50}}) {
        const CountedPairs stopped(rows, columns);
        StopAt stop(500, path);
        CHECK_THROWS_AS(write(stopped, {.threads = 2, .observer = &stop}), Interrupted);
        const auto check_rest = [&] {
            const CountedPairs rest(rows, columns);
            const Index resumed = write(rest, {.threads = 1});
            CHECK(resumed > 0);
            CHECK(resumed <= stopped.evaluations);
            CHECK(rest.evaluations == pair_count(rows, columns, rows == columns) - resumed);
            return resumed;
        };
        const Index kept = check_rest();
        CHECK(kept == stopped.evaluations);
        // Without the last checkpoint, as a run that is killed leaves it.
        std::filesystem::remove(path);
        stop.restore();
        CHECK(check_rest() <= kept);
        check_whole(rows, columns);
    }
}

TEST_CASE_METHOD(GramFile, "a kernel that fails loses nothing that was computed") {
    CountedPairs failing(50, 50);
    failing.fails_at = 700;
    CHECK_THROWS_AS(write(failing, {.threads = 2}), NumericalError);
    const CountedPairs rest(50, 50);
    CHECK(write(rest, {.threads = 2}) > 0);
    check_whole(50, 50);
    CountedPairs at_once(50, 50);
    at_once.fails_at = 1;
    std::filesystem::remove(path);
    CHECK_THROWS_AS(write(at_once, {.threads = 2}), NumericalError);
    CHECK(directory.entries() == 0);
}
