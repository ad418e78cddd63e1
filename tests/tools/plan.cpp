#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "report.hpp"

#include <sketchntk/core/stopwatch.hpp>

#include <cmath>

using namespace sketchntk_test;

namespace {

class Data {
  public:
    Data() { write_file(directory_.file("data.csv"), text_of(protein_lines(2000))); }

    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }

    /// Options that `plan` and `fit` take in common.
    [[nodiscard]] std::vector<std::string> arguments(const std::string& command,
                                                     const std::string& features,
                                                     const std::string& lambda = "auto") const {
        return {command,       "--data",           path("data.csv"), "--target",  "-1",
                "--features",  features,           "--lambda",       lambda,      "--network",
                "fc(depth=2)", "--batch-rows",     "1000",           "--threads", "2",
                "--json",      path("report.json")};
    }

    [[nodiscard]] nlohmann::json report(const std::vector<std::string>& arguments) const {
        succeed(arguments);
        return report_in(path("report.json"));
    }

  private:
    TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("the report of a plan holds what is documented") {
    const Data data;
    std::vector<std::string> arguments = data.arguments("plan", "512");
    arguments.insert(arguments.end(), {"--model", data.path("model")});
    const auto plan = data.report(arguments);
    CHECK(data.directory().entries() == 2);  // data and report
    CHECK(plan.at("rows") == 2000);
    CHECK(plan.at("inputs") == 9);
    CHECK(plan.at("features") == 512);
    for (const char* name : {"process_bytes", "map_bytes", "batch_bytes", "accumulator_bytes",
                             "solve_bytes", "available_bytes"})
        CHECK(plan.at(name) > 0);
    CHECK(plan.at("peak_bytes") > plan.at("accumulator_bytes"));
    for (const char* name :
         {"reading_seconds", "feature_seconds", "accumulate_seconds", "solve_seconds"})
        CHECK(plan.at(name) > 0);
}

#ifndef SKETCHNTK_SANITIZED  // which takes memory of its own
TEST_CASE("a fit takes the memory that was planned, within 20 percent") {
    const Data data;
    for (const char* rule : {"auto", "loo", "validation"}) {
        const double planned = data.report(data.arguments("plan", "1024", rule)).at("peak_bytes");
        const double taken = data.report(data.arguments("fit", "1024", rule)).at("peak_bytes");
        INFO(rule << ": planned " << planned << ", taken " << taken);
        CHECK(std::abs(planned / taken - 1) < 0.2);
    }
}

TEST_CASE("a fit of few rows takes the memory that was planned, which has no Gram") {
    const Data data;
    write_file(data.path("data.csv"), text_of(protein_lines(600)));
    for (const char* rule : {"auto", "validation"}) {
        const double planned = data.report(data.arguments("plan", "4096", rule)).at("peak_bytes");
        const double taken = data.report(data.arguments("fit", "4096", rule)).at("peak_bytes");
        INFO(rule << ": planned " << planned << ", taken " << taken);
        CHECK(planned > 0.95 * taken);
        CHECK(planned / taken - 1 < 0.25);
    }
}

TEST_CASE("the memory of a fit does not grow with the rows") {
    const Data data;
    write_file(data.path("data.csv"), text_of(protein_lines(9'000)));
    const double one = data.report(data.arguments("fit", "1024")).at("peak_bytes");
    write_file(data.path("data.csv"), text_of(protein_lines(45'000)));
    const double five = data.report(data.arguments("fit", "1024")).at("peak_bytes");
    // What the system's libraries and threads take varies by some megabytes; the features of the
    // rows in between alone would be 147.
    CHECK(std::abs(five - one) < 8 << 20);
}
#endif

TEST_CASE("a fit beyond the memory is refused at once and told what would fit") {
    const Data data;
    const sketchntk::Stopwatch stopwatch;
    std::vector<std::string> arguments = data.arguments("fit", "100000000");
    arguments.insert(arguments.end(), {"--model", data.path("model")});
    const Finished finished = run_sketchntk(arguments);
    CHECK(finished.status == 1);
    CHECK(stopwatch.seconds() < 10);
    CHECK(finished.output.empty());
    CHECK(data.directory().entries() == 1);
    CHECK(contains(finished.messages, "features: 100000000 "));
    const std::string before = "at most ";
    const std::size_t position = finished.messages.find(before);
    REQUIRE(position != std::string::npos);
    const int largest = std::stoi(finished.messages.substr(position + before.size()));
    // Apart, because the memory available changes from one run to the next.
    const std::string much = succeed(data.arguments("plan", std::to_string(2 * largest)));
    CHECK(contains(much, "does not fit: at most "));
    const std::string less = succeed(data.arguments("plan", std::to_string(largest / 2)));
    CHECK(!contains(less, "does not fit"));
}
