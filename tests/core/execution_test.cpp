#include "catch2.hpp"
#include "core/blas.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/version.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

using namespace sketchntk;

namespace {

class Recorder : public ProgressObserver {
  public:
    void update(const Progress& progress) override {
        if (progress.done > 2) throw Interrupted("stop");
        last_ = progress.done;
    }
    Index last_ = -1;
};

}  // namespace

TEST_CASE("thread_count takes the number given, or all processors for 0") {
    CHECK(thread_count({.threads = 3}) == 3);
    CHECK(thread_count({}) >= 1);
    CHECK_THROWS_AS(thread_count({.threads = -1}), InvalidArgument);
}

TEST_CASE("parallel_for calls the body once for each index, for any number of threads") {
    for (const int threads : {0, 1, 2, 5}) {
        for (const Index count : {0, 1, 7, 1000}) {
            std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
            parallel_for(Execution{.threads = threads}, count,
                         [&](Index i) { ++calls[static_cast<std::size_t>(i)]; });
            CHECK(std::all_of(calls.begin(), calls.end(), [](const auto& c) { return c == 1; }));
        }
    }
}

TEST_CASE("matrix products are right when many threads multiply at once") {
    // OpenBLAS compiled without threads fails this within a few hundred products.
    use_blas_on_one_thread();
    using Square = Eigen::MatrixXf;
    const Square left = Square::Random(160, 160);
    const Square right = Square::Random(160, 160);
    const Square expected = left * right;
    std::atomic<int> wrong{0};
    parallel_for(Execution{.threads = 8}, 4000, [&](Index) {
        const Square product = left * right;
        if (product != expected) ++wrong;
    });
    CHECK(wrong == 0);
}

TEST_CASE("an exception in the body of parallel_for reaches the caller") {
    for (const int threads : {1, 3}) {
        CHECK_THROWS_AS(parallel_for(Execution{.threads = threads}, 100,
                                     [](Index i) {
                                         if (i == 50) throw NumericalError("fifty");
                                     }),
                        NumericalError);
    }
}

TEST_CASE("reports reach the observer, and its exception comes through") {
    Execution silent;
    silent.report({"stage", 1, 2, "rows"});

    Recorder recorder;
    Execution execution{.observer = &recorder};
    execution.report({"stage", 2, 4, "rows"});
    CHECK(recorder.last_ == 2);
    CHECK_THROWS_AS(execution.report({"stage", 3, 4, "rows"}), Interrupted);
}

TEST_CASE("the version has three numbers") {
    const std::string text = version();
    CHECK(std::count(text.begin(), text.end(), '.') == 2);
    CHECK_FALSE(build_information().empty());
}

TEST_CASE("a stop that is set ends parallel_for between two calls of the body") {
    for (const int threads : {1, 3}) {
        std::atomic<bool> stop = false;
        std::atomic<int> calls = 0;
        const Execution execution{.threads = threads, .stop = &stop};
        CHECK_THROWS_AS(parallel_for(execution, 100'000,
                                     [&](Index) {
                                         if (++calls == 10) stop = true;
                                     }),
                        Interrupted);
        CHECK(calls >= 10);
        CHECK(calls < 100'000);
        CHECK_THROWS_AS(execution.check_stop(), Interrupted);
        stop = false;
        parallel_for(execution, 5, [&](Index) { ++calls; });
    }
}
