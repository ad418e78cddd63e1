#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"

#include <sketchntk/core/stopwatch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

using namespace sketchntk_test;

namespace {

using namespace std::chrono_literals;

void check_interrupted(RunningProgram& program, const TemporaryDirectory& directory) {
    const sketchntk::Stopwatch stopwatch;
    const Finished finished = program.wait();
    INFO(finished.messages);
    CHECK(finished.status == 1);
    CHECK(finished.output.empty());
    CHECK(contains(finished.messages, "interrupted"));
    CHECK(directory.entries() == 0);
    CHECK(stopwatch.seconds() < 20);
}

}  // namespace

TEST_CASE("Ctrl-C ends a fit without a trace") {
    const TemporaryDirectory directory;
    RunningProgram program(
        sketchntk_command({"fit", "--data", protein_path(), "--target", "-1", "--network",
                           "fc(depth=3)", "--features", "4096", "--batch-rows", "500", "--model",
                           directory.file("model"), "--json", directory.file("report.json")}));
    std::this_thread::sleep_for(1s);
    program.send(SIGINT);
    check_interrupted(program, directory);
}

TEST_CASE("a termination request removes a file that is half written") {
    const TemporaryDirectory directory;
    RunningProgram program(sketchntk_command(
        {"features", "--data", protein_path(), "--target", "-1", "--network", "fc(depth=3)",
         "--features", "4096", "--batch-rows", "100", "--out", directory.file("features.npy")}));
    // The probe of the output path comes and goes before any row is read.
    const sketchntk::Stopwatch stopwatch;
    int seen = 0;
    while (seen < 20 && stopwatch.seconds() < 60) {
        std::this_thread::sleep_for(10ms);
        seen = directory.entries() > 0 ? seen + 1 : 0;
    }
    REQUIRE(seen == 20);
    program.send(SIGTERM);
    check_interrupted(program, directory);
}
