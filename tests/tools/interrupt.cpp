#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"

#include <sketchntk/core/stopwatch.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
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

TEST_CASE("features go on where a run was ended") {
    const TemporaryDirectory directory;
    const auto command = [&](const std::string& name) {
        return std::vector<std::string>{"features",
                                        "--data",
                                        protein_path(),
                                        "--rows",
                                        "1:8000",
                                        "--target",
                                        "-1",
                                        "--network",
                                        "fc(depth=3)",
                                        "--features",
                                        "2048",
                                        "--batch-rows",
                                        "100",
                                        "--out",
                                        directory.file(name),
                                        "--targets-out",
                                        directory.file(name + ".targets")};
    };
    RunningProgram program(sketchntk_command(command("parts.npy")));
    const sketchntk::Stopwatch stopwatch;
    const std::string journal = directory.file("parts.npy.partial.json");
    const auto begun = [&] {
        return std::filesystem::exists(journal) && !contains(content_of(journal), "\"done\": 0");
    };
    while (!begun() && stopwatch.seconds() < 60) std::this_thread::sleep_for(5ms);
    program.send(SIGTERM);
    CHECK(program.wait().status == 1);
    CHECK(directory.entries() == 2);
    const std::string output = succeed(command("parts.npy"));
    INFO(output);
    CHECK(contains(output, "continued after "));
    CHECK(directory.entries() == 2);
    succeed(command("whole.npy"));
    CHECK(content_of(directory.file("parts.npy")) == content_of(directory.file("whole.npy")));
    CHECK(content_of(directory.file("parts.npy.targets")) ==
          content_of(directory.file("whole.npy.targets")));
}
