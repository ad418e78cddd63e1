#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "refusal.hpp"
#include "report.hpp"
#include "xml.hpp"

#include <sketchntk/core/stopwatch.hpp>

#include <chrono>
#include <cmath>
#include <csignal>
#include <set>
#include <thread>

using namespace sketchntk_test;

namespace {

using Json = nlohmann::json;

/// 400 rows of the protein data with a mask of four splits.
class SmallData {
  public:
    SmallData() {
        write_file(data(), text_of(protein_lines(400)));
        Lines lines;
        for (int i = 0; i < 400; ++i) {
            std::string line;
            for (int split = 0; split < 4; ++split)
                line += std::string(split > 0 ? "," : "") + (i % 4 == split ? "1" : "0");
            lines.push_back(line);
        }
        write_file(mask(), text_of(lines));
    }

    [[nodiscard]] std::string data() const { return directory.file("data.csv"); }
    [[nodiscard]] std::string mask() const { return directory.file("mask.csv"); }
    [[nodiscard]] std::string file(const std::string& name) const { return directory.file(name); }

    /// compare on this data, with more arguments.
    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& more) const {
        std::vector<std::string> arguments{"compare", "--data",        data(), "--target",
                                           "-1",      "--sample-rows", "100"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    /// The report of such a comparison.
    [[nodiscard]] Json compare(std::vector<std::string> more) const {
        more.insert(more.end(), {"--json", file("report.json")});
        succeed(command(more));
        return report_in(file("report.json"));
    }

    TemporaryDirectory directory;
};

std::pair<double, double> mean_and_error(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    double mean = 0;
    for (const double value : values) mean += value / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {mean, std::sqrt(squares / (count * (count - 1)))};
}

void check_estimate(const Json& estimate, const std::vector<double>& values) {
    const auto [mean, error] = mean_and_error(values);
    CHECK(estimate.at("mean").get<double>() == Approx(mean));
    CHECK(estimate.at("standard_error").get<double>() == Approx(error));
    CHECK(estimate.at("count") == values.size());
}

}  // namespace

TEST_CASE("compare repeats random maps with seeds of their own, and says mean and error") {
    const SmallData small;
    const Json report =
        small.compare({"--features", "32", "--seeds", "3", "--seed", "5", "--csv",
                       small.file("runs.csv"), "--summary-csv", small.file("summary.csv")});
    const Json& runs = report.at("runs");
    REQUIRE(runs.size() == 4);  // linear once
    CHECK(runs.at(0).at("method") == "linear");
    std::vector<double> errors;
    std::vector<double> kernel_errors;
    for (std::size_t k = 1; k < 4; ++k) {
        CHECK(runs.at(k).at("seed") == 4 + k);
        CHECK(runs.at(k).at("split") == 1);
        errors.push_back(runs.at(k).at("test_rmse"));
        kernel_errors.push_back(runs.at(k).at("frobenius_error"));
    }
    CHECK(std::set<double>(errors.begin(), errors.end()).size() == 3);
    const Json& summary = report.at("summary").at(1);
    CHECK(summary.at("runs") == 3);
    check_estimate(summary.at("test_rmse"), errors);
    check_estimate(summary.at("frobenius_error"), kernel_errors);
    CHECK(report.at("summary").at(0).at("runs") == 1);

    CHECK(first_lines(small.file("runs.csv"), 100).size() == 5);
    const Lines lines = first_lines(small.file("summary.csv"), 100);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].starts_with("method,features,runs,"));
    CHECK(contains(lines[0], ",test_rmse,test_rmse_standard_error,"));
    CHECK(lines[2].starts_with("ntkrf,32,3,"));
    CHECK(contains(lines[2], "," + summary.at("test_rmse").at("mean").dump().substr(0, 12)));
}

TEST_CASE("compare averages seeds within a split, then over splits") {
    const SmallData small;
    const std::vector<std::string> mask{"--test-mask", small.mask(), "--split", "2"};
    std::vector<std::string> arguments = mask;
    arguments.insert(arguments.end(), {"--maps", "ntkrf", "--features", "32", "--seeds", "2",
                                       "--splits", "3", "--exact"});
    const Json report = small.compare(arguments);
    const Json& runs = report.at("runs");
    REQUIRE(runs.size() == 9);
    std::set<int> seeds;
    std::vector<double> means(3);
    std::vector<double> exact;
    for (std::size_t k = 0; k < 9; ++k) {
        CHECK(runs.at(k).at("split") == 2 + k / 3);
        CHECK(runs.at(k).at("method") == (k % 3 == 2 ? "exact" : "ntkrf"));
        if (k % 3 == 2) {
            exact.push_back(runs.at(k).at("test_rmse"));
            continue;
        }
        seeds.insert(runs.at(k).at("seed").get<int>());
        means[k / 3] += runs.at(k).at("test_rmse").get<double>() / 2;
    }
    CHECK(seeds.size() == 6);
    check_estimate(report.at("summary").at(0).at("test_rmse"), means);
    CHECK(report.at("summary").at(0).at("runs") == 6);
    check_estimate(report.at("summary").at(1).at("test_rmse"), exact);

    // One of the runs on its own.
    const Json& run = runs.at(4);
    const Json alone = small
                           .compare({"--test-mask", small.mask(), "--split", "3", "--seed",
                                     run.at("seed").dump(), "--maps", "ntkrf", "--features", "32"})
                           .at("runs")
                           .at(0);
    CHECK(alone.at("test_rmse") == run.at("test_rmse"));
    CHECK(alone.at("trace_error") == run.at("trace_error"));
}

TEST_CASE("compare draws another fraction of the rows for each split") {
    const SmallData small;
    const Json runs =
        small.compare({"--maps", "linear", "--splits", "3", "--test-fraction", "0.3"}).at("runs");
    REQUIRE(runs.size() == 3);
    std::set<double> errors;
    for (const Json& run : runs) errors.insert(run.at("test_rmse").get<double>());
    CHECK(errors.size() == 3);
}

TEST_CASE("compare measures accuracy where each target is a class") {
    const TemporaryDirectory directory;
    Lines lines, with_label;
    for (int i = 0; i < 300; ++i) {
        const double x = std::sin(1.0 + i);
        const double y = std::cos(2.0 * i);
        const int label = x + y > 0.5 ? 0 : x + y < -0.5 ? 1 : 2;
        with_label.push_back(std::to_string(x) + "," + std::to_string(y) + "," +
                             std::to_string(label));
        std::string line = std::to_string(x) + "," + std::to_string(y);
        for (int k = 0; k < 3; ++k) line += k == label ? ",1" : ",0";
        lines.push_back(line);
    }
    write_file(directory.file("data.csv"), text_of(lines));
    const std::vector<std::string> arguments{
        "compare",         "--data",     directory.file("data.csv"),
        "--target",        "3,4,5",      "--maps",
        "linear,zonal",    "--features", "256",
        "--classification"};
    std::vector<std::string> with_report = arguments;
    with_report.insert(with_report.end(), {"--json", directory.file("report.json")});
    CHECK(contains(succeed(with_report), "accuracy"));
    const Json runs = report_in(directory.file("report.json")).at("runs");
    // The class in the middle is no linear function's largest value.
    const double linear = runs.at(0).at("test_accuracy");
    const double features = runs.at(1).at("test_accuracy");
    CHECK(linear > 0.4);
    CHECK(linear < 0.9);
    CHECK(features > 0.9);
    CHECK(features <= 1);

    // The same classes as numbers in one column.
    write_file(directory.file("label.csv"), text_of(with_label));
    std::vector<std::string> of_label = with_report;
    of_label[2] = directory.file("label.csv");
    of_label[4] = "3";
    succeed(of_label);
    const Json same = report_in(directory.file("report.json")).at("runs");
    CHECK(same.at(0).at("test_accuracy") == linear);
    CHECK(same.at(1).at("test_accuracy") == features);

    for (std::string& line : lines) line = line.substr(0, line.size() - 6) + ",1,1,0";
    write_file(directory.file("data.csv"), text_of(lines));
    check_refused(arguments, {"classification", "no single largest target"}, directory);
}

TEST_CASE("compare --normalise rows measures against the kernel of normalised rows") {
    const TemporaryDirectory directory;
    Lines plain;
    Lines normalised;
    for (int i = 0; i < 200; ++i) {
        const double angle = 0.05 * i;
        const double length = 1 + i % 3;
        const double root = std::sqrt(2.0);
        const auto line = [&](double scale) {
            return std::to_string(scale * std::cos(angle)) + "," +
                   std::to_string(scale * std::sin(angle)) + "," +
                   std::to_string(std::cos(2 * angle));
        };
        plain.push_back(line(length));
        normalised.push_back(line(root));
    }
    const auto runs = [&](const Lines& lines, const char* normalise) {
        write_file(directory.file("data.csv"), text_of(lines));
        succeed({"compare", "--data", directory.file("data.csv"), "--target", "-1", "--maps",
                 "ntkrf", "--features", "64", "--exact", "--no-standardise", "--normalise",
                 normalise, "--lambda", "0.01", "--json", directory.file("report.json")});
        return report_in(directory.file("report.json")).at("runs");
    };
    const Json of_plain = runs(plain, "rows");
    const Json of_normalised = runs(normalised, "none");
    for (std::size_t k = 0; k < 2; ++k)
        for (const char* figure : {"test_rmse", "frobenius_error", "largest_ratio"})
            CHECK(of_plain.at(k).at(figure).get<double>() ==
                  Approx(of_normalised.at(k).at(figure).get<double>()).epsilon(1e-3));
}

TEST_CASE("compare fits the exact kernel with several lambdas and by any solver") {
    const SmallData small;
    const auto runs = [&](const char* solver) {
        return small
            .compare({"--maps", "linear", "--features", "8", "--exact", "--exact-solver", solver,
                      "--exact-tolerance", "1e-9", "--exact-lambdas", "0.01,0.1"})
            .at("runs");
    };
    const Json by_cholesky = runs("cholesky");
    const Json by_gradients = runs("cg");
    REQUIRE(by_gradients.size() == 3);
    for (std::size_t k = 1; k < 3; ++k) {
        CHECK(by_gradients.at(k).at("method") ==
              (k == 1 ? "exact(lambda=0.01)" : "exact(lambda=0.1)"));
        CHECK(by_gradients.at(k).at("lambda") == (k == 1 ? 0.01 : 0.1));
        CHECK(contains(by_gradients.at(k).at("solver").get<std::string>(), "cg (rank"));
        CHECK(by_gradients.at(k).at("test_rmse").get<double>() ==
              Approx(by_cholesky.at(k).at("test_rmse").get<double>()).epsilon(1e-6));
    }
}

TEST_CASE("compare gives leave-one-out errors of the exact kernel on all training rows") {
    const SmallData small;
    const std::vector<std::string> command = small.command(
        {"--maps", "linear", "--features", "8", "--exact", "--exact-leave-one-out",
         "--exact-lambdas", "0.01,0.1", "--json", small.file("report.json"), "--exact-solver"});
    const auto runs = [&](const char* solver) {
        std::vector<std::string> arguments = command;
        arguments.emplace_back(solver);
        CHECK(contains(succeed(arguments), "leave-one-out RMSE"));
        return report_in(small.file("report.json")).at("runs");
    };
    const Json in_float32 = runs("auto");
    const Json in_float64 = runs("cholesky64");
    CHECK(in_float32.at(0).at("leave_one_out_rmse").is_null());
    for (std::size_t k = 1; k < 3; ++k)
        for (const char* figure : {"leave_one_out_rmse", "gcv_rmse"}) {
            const double value = in_float64.at(k).at(figure);
            CHECK(in_float32.at(k).at(figure).get<double>() == Approx(value).epsilon(1e-4));
            // Test rows are more of the same.
            CHECK(value == Approx(in_float64.at(k).at("test_rmse").get<double>()).epsilon(0.3));
        }
    CHECK(small.compare({"--maps", "linear", "--features", "8", "--exact"})
              .at("runs")
              .at(1)
              .at("gcv_rmse")
              .is_null());
    std::vector<std::string> without_factor = command;
    without_factor.emplace_back("cg");
    check_refused(without_factor, {"conjugate gradients", "cholesky64"}, small.directory);
}

TEST_CASE("compare plots curves with the names of all methods") {
    const SmallData small;
    succeed(small.command({"--maps", "linear,ntkrf", "--features", "16,32,64", "--exact", "--seeds",
                           "2", "--plot", small.file("plot.svg")}));
    const std::string svg = content_of(small.file("plot.svg"));
    CHECK(xml_fault(svg) == "");
    for (const char* part : {">linear</text>", ">ntkrf</text>", ">exact</text>", ">16</text>",
                             ">64</text>", ">Test RMSE</text>", ">Kernel error (Frobenius)</text>"})
        CHECK(contains(svg, part));
}

TEST_CASE("Ctrl-C leaves the runs of a comparison that have ended") {
    using namespace std::chrono_literals;
    const TemporaryDirectory directory;
    RunningProgram program(
        sketchntk_command({"compare", "--data", protein_path(), "--target", "-1", "--maps",
                           "linear,ntkrf", "--features", "6000", "--sample-rows", "50", "--csv",
                           directory.file("runs.csv"), "--json", directory.file("report.json")}));
    const sketchntk::Stopwatch stopwatch;
    while (content_of(directory.file("runs.csv")).empty() && stopwatch.seconds() < 60)
        std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(300ms);
    program.send(SIGINT);
    const Finished finished = program.wait();
    CHECK(finished.status == 1);
    CHECK(contains(finished.messages, "interrupted"));
    CHECK(first_lines(directory.file("runs.csv"), 9).size() == 2);
    CHECK(report_in(directory.file("report.json")).at("runs").at(0).at("method") == "linear");
    CHECK(directory.entries() == 2);
}

TEST_CASE("compare refuses what it cannot repeat or measure") {
    const SmallData small;
    check_refused(small.command({"--spectral-lambda", "0"}), {"spectral lambda", "above 0"},
                  small.directory);
    check_refused(small.command({"--splits", "2", "--test-data", small.data()}),
                  {"--test-data", "--splits 2"}, small.directory);
    check_refused(small.command({"--splits", "4", "--split", "2", "--test-mask", small.mask()}),
                  {"mask.csv", "5"}, small.directory);
    check_refused(small.command({"--plot", small.file("no/such/plot.svg")}), {"plot.svg"},
                  small.directory);
    check_refused(small.command({"--summary-csv", small.file("no/such/s.csv")}), {"s.csv"},
                  small.directory);
}
