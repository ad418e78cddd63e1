#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "report.hpp"

#include <cmath>

using namespace sketchntk_test;

namespace {

constexpr std::size_t row_count = 2000;

/// Fits to the first rows of the protein data, with these options besides, and gives the report.
nlohmann::json report_of_fit(const TemporaryDirectory& directory,
                             const std::vector<std::string>& options) {
    write_file(directory.file("data.csv"), text_of(protein_lines(row_count)));
    std::vector<std::string> arguments = {"fit",      "--data", directory.file("data.csv"),
                                          "--target", "-1",     "--features",
                                          "128",      "--json", directory.file("report.json")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    succeed(arguments);
    return report_in(directory.file("report.json"));
}

}  // namespace

TEST_CASE("the report of a fit holds what is documented") {
    const TemporaryDirectory directory;
    const auto report =
        report_of_fit(directory, {"--network", "fc(depth=2)", "--test-fraction", "0.25"});
    CHECK(report.at("inputs") == 9);
    CHECK(report.at("features") == 128);
    CHECK(report.at("constant_columns").empty());
    CHECK(report.at("constant_targets").empty());
    CHECK(report.at("training_mean_squared_errors").size() == 1);
    CHECK(report.at("lambda") > 0);
    CHECK(report.at("lambda_at_end_of_grid").is_boolean());
    CHECK(report.at("mean_kernel_diagonal") > 0);
    CHECK(report.at("degrees_of_freedom") > 1);
    CHECK(report.at("degrees_of_freedom") <= 129);
    CHECK(report.at("condition_number") >= 1);
    CHECK(report.at("peak_bytes") > 1 << 20);
    double seconds = 0;
    for (const char* name : {"feature_seconds", "accumulate_seconds", "solve_seconds"})
        seconds += report.at(name).get<double>();
    CHECK(seconds > 0);
    CHECK(report.at("total_seconds") >= seconds);
    const auto& test = report.at("test");
    CHECK(test.at("rmse") > 0);
    CHECK(test.at("r2") > 0.2);
    CHECK(test.at("targets").size() == 1);
    CHECK(test.at("targets").at(0).at("rmse") == test.at("rmse"));
    CHECK(report.at("rows").get<std::size_t>() + test.at("rows").get<std::size_t>() == row_count);
    // 0.25 of the rows, within 5 standard deviations of a binomial count.
    CHECK(std::abs(test.at("rows").get<double>() - 0.25 * row_count) <
          5 * std::sqrt(0.25 * 0.75 * row_count));
}

TEST_CASE("auto says which map it took, and why") {
    const TemporaryDirectory directory;
    const auto report = report_of_fit(directory, {"--map", "auto", "--network", "fc(depth=2)"});
    const auto& choice = report.at("map_choice");
    CHECK(report.at("map") == choice.at("map"));
    CHECK(choice.at("learning_rows").get<int>() + choice.at("held_out_rows").get<int>() ==
          row_count);
    std::size_t mentioned = 0;
    for (const auto& evidence : choice.at("evidence")) {
        CHECK(evidence.at("held_out_error") > 0);
        CHECK(evidence.at("kernel_error") > 0);
        CHECK(evidence.at("features") == 128);
        mentioned += evidence.at("map") == report.at("map");
    }
    CHECK(mentioned == 1);
    const std::string map = report.at("map");
    const auto named = report_of_fit(directory, {"--map", map, "--network", "fc(depth=2)"});
    CHECK(named.at("lambda") == report.at("lambda"));
    CHECK(named.at("training_mean_squared_errors") == report.at("training_mean_squared_errors"));
    CHECK_FALSE(named.contains("map_choice"));

    const std::string output = succeed({"fit", "--data", directory.file("data.csv"), "--target",
                                        "-1", "--map", "auto", "--features", "32"});
    CHECK(contains(output, "400 rows, having seen 1600 others"));
    CHECK(contains(output, "held-out error"));
    CHECK(contains(output, "chosen"));
}

TEST_CASE("seconds instead of features") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), text_of(protein_lines(1500)));
    const auto command = [&](const std::string& name, const std::string& seconds) {
        return std::vector<std::string>{
            name,    "--data", directory.file("data.csv"),    "--target", "-1",        "--seconds",
            seconds, "--json", directory.file("report.json"), "--map",    "rff-gauss", "--lambda",
            "0.01"};
    };
    // A second is enough for some features on 1,500 rows, and not for the most.
    for (const char* name : {"fit", "plan"}) {
        succeed(command(name, "1"));
        const auto features = report_in(directory.file("report.json")).at("features").get<int>();
        CAPTURE(name);
        CHECK(features >= 64);
        CHECK(features < 8192);
    }
    for (const char* seconds : {"0", "-1", "nan", "1e-7"}) {
        const Finished finished = run_sketchntk(command("fit", seconds));
        CHECK(finished.status != 0);
        CHECK(contains(finished.messages, "seconds: "));
    }
    std::vector<std::string> both = command("fit", "1");
    both.insert(both.end(), {"--features", "64"});
    CHECK(run_sketchntk(both).status != 0);
}

TEST_CASE("lambda by every rule") {
    const TemporaryDirectory directory;
    const std::vector<std::string> test = {"--test-fraction", "0.2"};
    const auto fit = [&](const std::string& rule) {
        return report_of_fit(directory, {"--test-fraction", "0.2", "--lambda", rule});
    };
    const auto automatic = fit("auto");
    CHECK(fit("gcv").at("lambda") == automatic.at("lambda"));
    CHECK(fit("0.0625").at("lambda") == 0.0625);
    // The rules estimate the same error: what they choose predicts about as well.
    for (const char* rule : {"loo", "validation"}) {
        INFO(rule);
        const double error = fit(rule).at("test").at("rmse");
        CHECK(error == Approx(automatic.at("test").at("rmse").get<double>()).epsilon(0.05));
    }
    // An absurd penalty leaves the mean alone, which explains nothing.
    CHECK(std::abs(fit("1e9").at("test").at("r2").get<double>()) < 0.05);
}

TEST_CASE("test rows by mask, and by a file of the same rows, give the same error") {
    const TemporaryDirectory directory;
    const Lines lines = protein_lines(row_count);
    Lines mask;
    Lines training;
    Lines test;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool held_out = i % 5 == 2;
        mask.push_back(std::string("0,") + (held_out ? "1" : "0"));
        (held_out ? test : training).push_back(lines[i]);
    }
    write_file(directory.file("mask.csv"), text_of(mask));
    write_file(directory.file("training.csv"), text_of(training));
    write_file(directory.file("test.csv"), text_of(test));
    const auto by_mask =
        report_of_fit(directory, {"--test-mask", directory.file("mask.csv"), "--split", "2"});
    succeed({"fit", "--data", directory.file("training.csv"), "--target", "-1", "--features", "128",
             "--test-data", directory.file("test.csv"), "--json", directory.file("b.json")});
    const auto by_file = report_in(directory.file("b.json"));
    CHECK(by_mask.at("rows") == training.size());
    CHECK(by_mask.at("lambda") == by_file.at("lambda"));
    CHECK(by_mask.at("test") == by_file.at("test"));
}

TEST_CASE("several targets are fitted and tested side by side") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), text_of(protein_lines(row_count)));
    const std::string output =
        succeed({"fit", "--data", directory.file("data.csv"), "--target", "10,9", "--features",
                 "128", "--test-fraction", "0.2", "--json", directory.file("report.json")});
    const auto report = report_in(directory.file("report.json"));
    CHECK(report.at("inputs") == 8);
    CHECK(report.at("training_mean_squared_errors").size() == 2);
    const auto& targets = report.at("test").at("targets");
    REQUIRE(targets.size() == 2);
    CHECK(targets.at(0).at("rmse") != targets.at(1).at("rmse"));
    CHECK(contains(output, "\n  10: RMSE "));
    CHECK(contains(output, "\n  9: RMSE "));
}

TEST_CASE("constant columns are dropped and named") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), "a,always,y\n1,7,2\n2,7,3\n4,7,1\n5,7,9\n");
    const Finished finished =
        run_sketchntk({"fit", "--data", directory.file("data.csv"), "--target", "y", "--features",
                       "16", "--json", directory.file("report.json")});
    CHECK(finished.status == 0);
    CHECK(contains(finished.messages, "always"));
    const auto report = report_in(directory.file("report.json"));
    CHECK(report.at("constant_columns") == nlohmann::json({"always"}));
    CHECK(report.at("inputs") == 1);
}

TEST_CASE("a target that is constant in the training rows is warned of, not refused") {
    const TemporaryDirectory directory;
    write_file(directory.file("training.csv"), "a,y\n1,5\n2,5\n3,5\n7,5\n");
    write_file(directory.file("test.csv"), "a,y\n1,4\n2,6\n");
    const Finished finished = run_sketchntk(
        {"fit", "--data", directory.file("training.csv"), "--target", "y", "--features", "16",
         "--test-data", directory.file("test.csv"), "--json", directory.file("report.json")});
    CHECK(finished.status == 0);
    CHECK(contains(finished.messages, "constant in the training rows: target y"));
    const auto report = report_in(directory.file("report.json"));
    CHECK(report.at("constant_targets") == nlohmann::json({"y"}));
    // It predicts 5, one too much and one too little.
    CHECK(report.at("test").at("rmse").get<double>() == Approx(1));
}

TEST_CASE("the network may come from a JSON file") {
    const TemporaryDirectory directory;
    write_file(directory.file("network.json"), R"({"layers": [{"type": "dense"}, {"type": "relu"},
                                                   {"type": "dense"}]})");
    const auto from_file =
        report_of_fit(directory, {"--network", directory.file("network.json"), "--lambda", "0.1"});
    const auto from_text =
        report_of_fit(directory, {"--network", "fc(depth=1)", "--lambda", "0.1"});
    CHECK(from_file.at("training_mean_squared_errors") ==
          from_text.at("training_mean_squared_errors"));
}
