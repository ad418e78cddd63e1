#include "catch2.hpp"
#include "image_files.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "refusal.hpp"
#include "report.hpp"

#include <sketchntk/data/npy.hpp>

#include <algorithm>
#include <cmath>

using namespace sketchntk_test;

namespace {

/// A model fitted to 1,600 rows of the protein data and tested on the next 400.
class Fitted {
  public:
    explicit Fitted(const std::string& header = "") {
        const Lines lines = protein_lines(2000);
        test_lines_.assign(lines.begin() + 1600, lines.end());
        const Lines training(lines.begin(), lines.begin() + 1600);
        write_file(path("training.csv"), header + text_of(training));
        write_file(path("test.csv"), header + text_of(test_lines_));
        succeed({"fit", "--data", path("training.csv"), "--target", "-1", "--features", "128",
                 "--network", "fc(depth=2)", "--test-data", path("test.csv"), "--model",
                 path("model"), "--json", path("fit.json")});
    }

    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
    [[nodiscard]] const Lines& test_lines() const { return test_lines_; }

    /// The predictions for a data file, as they stand in the CSV file.
    [[nodiscard]] Lines predict(const std::string& data) const {
        succeed({"predict", "--model", path("model"), "--data", data, "--out",
                 path("predictions.csv"), "--json", path("predict.json")});
        Lines lines = first_lines(path("predictions.csv"), 100'000);
        REQUIRE(!lines.empty());
        lines.erase(lines.begin());
        return lines;
    }

    [[nodiscard]] Lines predict_lines(const Lines& data, const std::string& header = "") const {
        write_file(path("other.csv"), header + text_of(data));
        return predict(path("other.csv"));
    }

  private:
    TemporaryDirectory directory_;
    Lines test_lines_;
};

const std::string names = "a,b,c,d,e,f,g,h,i,size\n";

}  // namespace

TEST_CASE("predictions have the error that fit reported, and that they have by hand") {
    const Fitted fitted;
    const Lines predictions = fitted.predict(fitted.path("test.csv"));
    const auto report = report_in(fitted.path("predict.json"));
    CHECK(report.at("rows") == 400);
    CHECK(report.at("test") == report_in(fitted.path("fit.json")).at("test"));
    const Numbers predicted = numbers_of(predictions);
    const Numbers rows = numbers_of(fitted.test_lines());
    REQUIRE(predicted.size() == rows.size());
    double squares = 0;
    double sum = 0;
    double square_sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        squares += std::pow(predicted[i].at(0) - rows[i].back(), 2);
        sum += rows[i].back();
        square_sum += std::pow(rows[i].back(), 2);
    }
    const auto count = static_cast<double>(rows.size());
    CHECK(report.at("test").at("rmse").get<double>() ==
          Approx(std::sqrt(squares / count)).epsilon(1e-12));
    CHECK(report.at("test").at("r2").get<double>() ==
          Approx(1 - squares / (square_sum - sum * sum / count)).epsilon(1e-10));
}

TEST_CASE("both output formats hold the same bits") {
    const Fitted fitted;
    const Numbers from_csv = numbers_of(fitted.predict(fitted.path("test.csv")));
    succeed({"predict", "--model", fitted.path("model"), "--data", fitted.path("test.csv"), "--out",
             fitted.path("predictions.npy")});
    const auto array = sketchntk::read_npy(fitted.path("predictions.npy"));
    REQUIRE(array.rows() == static_cast<sketchntk::Index>(from_csv.size()));
    REQUIRE(array.columns() == 1);
    sketchntk::Index different = 0;
    for (sketchntk::Index i = 0; i < array.rows(); ++i)
        different += array(i, 0) != from_csv[static_cast<std::size_t>(i)].at(0) ? 1 : 0;
    CHECK(different == 0);
}

TEST_CASE("predictions stand in the order of the rows") {
    const Fitted fitted;
    Lines predictions = fitted.predict(fitted.path("test.csv"));
    Lines reversed = fitted.test_lines();
    std::reverse(reversed.begin(), reversed.end());
    std::reverse(predictions.begin(), predictions.end());
    CHECK(fitted.predict_lines(reversed) == predictions);
}

TEST_CASE("data without the target: the same predictions and no error measure") {
    const Fitted fitted;
    const Lines predictions = fitted.predict(fitted.path("test.csv"));
    CHECK(fitted.predict_lines(without_last_column(fitted.test_lines())) == predictions);
    CHECK(!report_in(fitted.path("predict.json")).contains("test"));
}

TEST_CASE("columns with names are found in any order") {
    const Fitted fitted(names);
    const Lines predictions = fitted.predict(fitted.path("test.csv"));
    CHECK(first_lines(fitted.path("predictions.csv"), 1) == Lines{"size"});
    Lines moved;
    for (const std::string& line : fitted.test_lines()) {
        const std::size_t comma = line.find(',');
        moved.push_back(line.substr(comma + 1) + "," + line.substr(0, comma));
    }
    CHECK(fitted.predict_lines(moved, "b,c,d,e,f,g,h,i,size,a\n") == predictions);
    CHECK(report_in(fitted.path("predict.json")).contains("test"));
    CHECK(fitted.predict_lines(without_last_column(fitted.test_lines()), "a,b,c,d,e,f,g,h,i\n") ==
          predictions);
    // Without a header they are taken by position.
    CHECK(fitted.predict_lines(without_last_column(fitted.test_lines())) == predictions);
}

TEST_CASE("several targets: a column for each, under their names") {
    const TemporaryDirectory directory;
    const Lines lines = protein_lines(300);
    write_file(directory.file("data.csv"),
               "a,b,c,d,e,f,g,h,\"i \"\"j\"\"\",size\n" + text_of(lines));
    succeed({"fit", "--data", directory.file("data.csv"), "--target", "size,9", "--features", "32",
             "--lambda", "1", "--model", directory.file("model")});
    for (const char* name : {"p.csv", "p.npy"})
        succeed({"predict", "--model", directory.file("model"), "--data",
                 directory.file("data.csv"), "--out", directory.file(name)});
    const Lines written = first_lines(directory.file("p.csv"), 1000);
    REQUIRE(written.size() == lines.size() + 1);
    CHECK(written.front() == "size,\"i \"\"j\"\"\"");
    const Numbers numbers = numbers_of({written.begin() + 1, written.end()});
    const auto array = sketchntk::read_npy(directory.file("p.npy"));
    REQUIRE(array.columns() == 2);
    for (const std::size_t i : {std::size_t{0}, std::size_t{299}}) {
        CHECK(numbers[i].at(0) == array(static_cast<sketchntk::Index>(i), 0));
        CHECK(numbers[i].at(1) == array(static_cast<sketchntk::Index>(i), 1));
    }
}

TEST_CASE("text columns that were declared categorical") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"),
               "colour,y\nred,1\nblue,2\nred,1\ngreen,4\nblue,2\ngreen,4\n");
    succeed({"fit", "--data", directory.file("data.csv"), "--target", "y", "--categorical",
             "colour", "--features", "64", "--lambda", "1e-6", "--model", directory.file("model")});
    write_file(directory.file("new.csv"), "colour\ngreen\nred\nblue\n");
    succeed({"predict", "--model", directory.file("model"), "--data", directory.file("new.csv"),
             "--out", directory.file("p.csv")});
    const Lines lines = first_lines(directory.file("p.csv"), 10);
    REQUIRE(lines.size() == 4);
    const Numbers predicted = numbers_of({lines.begin() + 1, lines.end()});
    CHECK(predicted[0][0] == Approx(4).epsilon(1e-3));
    CHECK(predicted[1][0] == Approx(1).epsilon(1e-3));
    CHECK(predicted[2][0] == Approx(2).epsilon(1e-3));
}

TEST_CASE("images of other pixels than the model's are refused, whatever their columns") {
    const TemporaryDirectory directory;
    const auto write = [&](const std::string& set, int rows, int columns) {
        std::vector<int> values;
        for (int i = 0; i < 8 * rows * columns; ++i) values.push_back(i * i % 251);
        write_file(directory.file(set + "-images-idx3-ubyte"),
                   idx_content({8, rows, columns}, values));
        write_file(directory.file(set + "-labels-idx1-ubyte"),
                   idx_content({8}, {0, 1, 0, 1, 0, 1, 0, 1}));
        return directory.file(set + "-images-idx3-ubyte");
    };
    const std::string square = write("square", 6, 6);
    const std::string wide = write("wide", 4, 9);
    const std::vector<std::string> fit{"fit",
                                       "--data",
                                       square,
                                       "--network",
                                       "conv(3) relu gap dense",
                                       "--map",
                                       "cntkrf",
                                       "--features",
                                       "16",
                                       "--lambda",
                                       "1",
                                       "--model",
                                       directory.file("model")};
    succeed(fit);
    succeed({"predict", "--model", directory.file("model"), "--data", square, "--out",
             directory.file("p.csv")});
    check_refused({"predict", "--model", directory.file("model"), "--data", wide, "--out",
                   directory.file("refused.csv")},
                  {"images of 4 x 9 pixels", "images of 6 x 6"}, directory);
    std::vector<std::string> tested = fit;
    tested.insert(tested.end(), {"--test-data", wide});
    check_refused(tested, {"images of 4 x 9 pixels", "images of 6 x 6"}, directory);
    check_refused(
        {"features", "--data", wide, "--learn-from", square, "--network", "conv(3) relu gap dense",
         "--map", "cntkrf", "--features", "16", "--out", directory.file("refused.npy")},
        {"images of 4 x 9 pixels", "images of 6 x 6"}, directory);
}
