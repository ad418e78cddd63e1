#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "report.hpp"

#include <sstream>

using namespace sketchntk_test;

namespace {

Lines lines_of(const std::string& text) {
    std::istringstream stream(text);
    Lines lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

std::string joined_names(const nlohmann::ordered_json& object) {
    std::string names;
    for (const auto& [name, value] : object.items()) names += (names.empty() ? "" : ",") + name;
    return names;
}

}  // namespace

TEST_CASE("compare: table, JSON and CSV say the same about every method") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), text_of(protein_lines(1200)));
    const Finished finished =
        run_sketchntk({"compare", "--data", directory.file("data.csv"), "--target", "-1",
                       "--network", "fc(depth=3)", "--maps", "linear,ntkrf", "--features", "64,512",
                       "--exact", "--sample-rows", "300", "--json", directory.file("results.json"),
                       "--csv", directory.file("results.csv")});
    INFO(finished.messages);
    REQUIRE(finished.status == 0);

    const auto report = nlohmann::ordered_json::parse(content_of(directory.file("results.json")));
    const auto& results = report.at("runs");
    REQUIRE(results.size() == 4);
    const Lines table = lines_of(finished.output);
    REQUIRE(table.size() == 5);
    CHECK(words_of(table.front()).front() == "method");
    const Lines csv = first_lines(directory.file("results.csv"), 100);
    REQUIRE(csv.size() == 5);
    CHECK(csv.front() == joined_names(results.front()));
    const std::vector<std::pair<std::string, int>> expected = {
        {"linear", 9}, {"ntkrf", 64}, {"ntkrf", 512}, {"exact", 0}};
    for (std::size_t k = 0; k < expected.size(); ++k) {
        const auto& [method, features] = expected[k];
        const auto& result = results.at(k);
        CHECK(result.at("method") == method);
        CHECK(result.at("features") == features);
        CHECK(result.at("training_rows") == results.at(0).at("training_rows"));
        CHECK(result.at("peak_bytes") > 1 << 20);
        const std::vector<std::string> words = words_of(table[k + 1]);
        CHECK(words.at(0) == method);
        CHECK(words.at(1) == (features > 0 ? std::to_string(features) : "-"));
        CHECK(std::stod(words.at(2)) == Approx(result.at("test_rmse").get<double>()).margin(1e-4));
        CHECK(std::stod(words.at(3)) == Approx(result.at("test_r2").get<double>()).margin(1e-4));
        CHECK(csv[k + 1].starts_with(method + "," + method + "," + std::to_string(features) +
                                     ",1,0,"));
        const auto& summary = report.at("summary").at(k);
        CHECK(summary.at("method") == method);
        CHECK(summary.at("features") == features);
        CHECK(summary.at("runs") == 1);
        CHECK(summary.at("test_rmse").at("mean") == result.at("test_rmse"));
        CHECK(summary.at("test_rmse").at("standard_error").is_null());
        CHECK(result.at("test_accuracy").is_null());
        CHECK(contains(csv[k + 1], "," + result.at("test_rmse").dump() + ","));
    }
    const auto value = [&](std::size_t k, const char* name) {
        return results.at(k).at(name).get<double>();
    };
    CHECK(value(3, "test_rmse") < 1.05 * value(2, "test_rmse"));
    for (const char* error : {"frobenius_error", "trace_error"}) {
        CHECK(value(2, error) < value(1, error));
        CHECK(value(3, error) == 0);
    }
    CHECK(value(1, "frobenius_error") < value(0, "frobenius_error"));
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(value(k, "smallest_ratio") > 0);
        CHECK(value(k, "smallest_ratio") < 1);
        CHECK(value(k, "largest_ratio") > value(k, "smallest_ratio"));
        CHECK(value(k, "model_bytes") > 8 * value(k, "features"));
    }
    CHECK(value(1, "map_bytes") > 0);
    CHECK(value(3, "smallest_ratio") == 1);
    CHECK(value(3, "largest_ratio") == 1);

    for (const char* message : {"linear, 9 features", "ntkrf, 64 features", "ntkrf, 512 features",
                                "exact kernel, ", "  test RMSE "})
        CHECK(contains(finished.messages, message));
}

TEST_CASE("compare fits what fit fits") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), text_of(protein_lines(600)));
    Lines mask;
    for (int i = 0; i < 600; ++i) mask.emplace_back(i % 4 == 0 ? "1" : "0");
    write_file(directory.file("mask.csv"), text_of(mask));
    const std::vector<std::string> common = {"--data",      directory.file("data.csv"),
                                             "--target",    "-1",
                                             "--features",  "64",
                                             "--test-mask", directory.file("mask.csv"),
                                             "--json",      directory.file("report.json")};
    std::vector<std::string> arguments = {"compare", "--maps", "ntkrf"};
    arguments.insert(arguments.end(), common.begin(), common.end());
    succeed(arguments);
    const auto result = report_in(directory.file("report.json")).at("runs").at(0);
    arguments = {"fit"};
    arguments.insert(arguments.end(), common.begin(), common.end());
    succeed(arguments);
    const auto report = report_in(directory.file("report.json"));
    CHECK(result.at("training_rows") == report.at("rows"));
    CHECK(result.at("lambda") == report.at("lambda"));
    CHECK(result.at("test_rmse") == report.at("test").at("rmse"));
}
