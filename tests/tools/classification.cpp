#include "catch2.hpp"
#include "program.hpp"
#include "refusal.hpp"
#include "report.hpp"

#include <cmath>

using namespace sketchntk_test;

namespace {

/// Points of three classes, 10, 20 and 30, on rings around zero: a name of each in column `ring`.
struct Rings {
    TemporaryDirectory directory;
    std::string data = directory.file("rings.csv");
    std::string model = directory.file("rings.model");

    Rings() {
        std::string content = "x,y,ring\n";
        for (int i = 0; i < 600; ++i) {
            const double radius = 1 + i % 3;
            content += std::to_string(radius * std::cos(0.7 * i)) + "," +
                       std::to_string(radius * std::sin(0.7 * i)) + "," +
                       std::to_string(10 * (1 + i % 3)) + "\n";
        }
        write_file(data, content);
    }
    [[nodiscard]] std::vector<std::string> fit(const std::string& class_column) const {
        return {"fit",        "--data",
                data,         "--target",
                class_column, "--features",
                "256",        "--map",
                "ntkrf",      "--test-fraction",
                "0.25",       "--json",
                report(),     "--classification",
                "--network",  "fc(depth=2, b_std=1)",
                "--model",    model};
    }
    [[nodiscard]] std::string report() const { return directory.file("report.json"); }
};

}  // namespace

TEST_CASE_METHOD(Rings, "a table of classes is fitted, tested and predicted") {
    const std::string output = succeed(fit("ring"));
    CHECK(contains(output, "test accuracy"));
    CHECK(contains(output, "class / predicted"));
    const auto test = report_in(report()).at("test");
    // No linear function is largest on the ring in the middle.
    CHECK(test.at("accuracy") > 0.95);
    int right = 0, rows = 0;
    for (int truth = 0; truth < 3; ++truth)
        for (int predicted = 0; predicted < 3; ++predicted) {
            const int count = test.at("confusion").at(truth).at(predicted);
            rows += count;
            if (truth == predicted) right += count;
        }
    CHECK(rows == test.at("rows"));
    CHECK(test.at("accuracy").get<double>() == static_cast<double>(right) / rows);
    CHECK(contains(succeed({"info", model}), "targets        10 20 30 (classes of ring)"));

    write_file(directory.file("new.csv"), "x,y\n1,0\n0,-3\n");
    succeed({"predict", "--model", model, "--data", directory.file("new.csv"), "--out",
             directory.file("p.csv")});
    const std::string predictions = content_of(directory.file("p.csv"));
    CHECK(predictions.starts_with("ring,10,20,30\n10,"));
    CHECK(contains(predictions, "\n30,"));
    CHECK(contains(
        succeed({"predict", "--model", model, "--data", data, "--out", directory.file("all.csv")}),
        "accuracy"));
}

TEST_CASE_METHOD(Rings, "columns that hold no classes are refused") {
    check_refused(fit("nothing"), {"nothing"}, directory);
    write_file(data, "x,y,ring\n1,2,3\n2,3,3\n");
    check_refused(fit("ring"), {data, "column 'ring' holds one class only"}, directory);
}
