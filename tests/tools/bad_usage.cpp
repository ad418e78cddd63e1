#include "catch2.hpp"
#include "program.hpp"

using namespace sketchntk_test;

namespace {

struct Misuse {
    std::vector<std::string> arguments;
    std::string culprit;  ///< what the message must name
};

void check_misuse(const Misuse& misuse) {
    const Finished finished = run_sketchntk(misuse.arguments);
    INFO(misuse.culprit + ": " + finished.messages);
    CHECK(finished.status == 2);
    CHECK(finished.output.empty());
    CHECK(contains(finished.messages, misuse.culprit));
}

}  // namespace

TEST_CASE("bad usage: exit status 2 and a message that names the option") {
    const std::vector<Misuse> misuses = {
        {{}, "subcommand"},
        {{"fitt"}, "fitt"},
        {{"--bogus"}, "--bogus"},
        {{"fit"}, "--data"},
        {{"fit", "--data", "a.csv", "--bogus"}, "--bogus"},
        {{"fit", "--data", "a.csv", "stray"}, "stray"},
        {{"fit", "--data", "a.csv", "--features", "many"}, "--features"},
        {{"fit", "--data", "a.csv", "--format", "xml"}, "xml"},
        {{"fit", "--data", "a.csv", "--split", "2"}, "--test-mask"},
        {{"fit", "--data", "a.csv", "--test-fraction", "0.2", "--test-mask", "m.csv"},
         "--test-mask"},
        {{"fit", "--data", "a.csv", "--test-fraction", "0.2", "--test-data", "b.csv"},
         "--test-data"},
        {{"fit", "--data", "a.csv", "--test-mask", "m.csv", "--test-data", "b.csv"}, "--test-data"},
        {{"predict", "--data", "a.csv", "--out", "p.csv"}, "--model"},
        {{"predict", "--data", "a.csv", "--model", "a.model"}, "--out"},
        {{"features", "--data", "a.csv"}, "--out"},
        {{"kernel", "--data", "a.csv", "--out", "k.npy", "--precision", "f16"}, "f16"},
        {{"compare", "--data", "a.csv", "--sample-rows", "0"}, "--sample-rows"},
        {{"compare", "--data", "a.csv", "--seeds", "0"}, "--seeds"},
        {{"compare", "--data", "a.csv", "--splits", "-1"}, "--splits"},
        {{"compare", "--data", "a.csv", "--exact-solver", "cg"}, "--exact"},
        {{"compare", "--data", "a.csv", "--exact", "--exact-lambdas", "0"}, "--exact-lambdas"},
        {{"compare", "--data", "a.csv", "--exact-leave-one-out"}, "--exact"},
        {{"compare", "--data", "a.csv", "--protocol", "other"}, "other"},
        {{"compare", "--data", "a.csv", "--protocol", "ntk-sketch-rf", "--exact"}, "--exact"},
        {{"compare", "--data", "a.csv", "--protocol", "ntk-sketch-rf", "--lambda", "1"},
         "--lambda"},
        {{"compare", "--data", "a.csv", "--protocol", "ntk-sketch-rf", "--plot", "p.svg"},
         "--plot"},
        {{"plan"}, "--data"},
        {{"info"}, "file"},
    };
    for (const Misuse& misuse : misuses) check_misuse(misuse);
}

TEST_CASE("results that cannot be written are a failure") {
    if (!std::filesystem::exists("/dev/full")) return;
    const std::string command = std::string("'") + SKETCHNTK_PROGRAM + "' --version > /dev/full";
    const Finished finished = RunningProgram({"/bin/sh", "-c", command}).wait();
    CHECK(finished.status == 1);
    CHECK(contains(finished.messages, "standard output"));
}
