#include "catch2.hpp"
#include "core/eigen.hpp"
#include "program.hpp"
#include "protein.hpp"

#include <sketchntk/data/npy.hpp>

#include <cmath>

using namespace sketchntk_test;
using sketchntk::as_eigen;
using sketchntk::Index;
using sketchntk::Matrix;
using sketchntk::NpyScalar;
using sketchntk::NpyWriter;
using sketchntk::read_npy;

namespace {

using Dense = sketchntk::RowMajor<double>;

class MappedRows {
  public:
    explicit MappedRows(std::size_t count) : lines_(protein_lines(count)) {
        write_file(path("data.csv"), text_of(lines_));
    }

    [[nodiscard]] const Lines& lines() const { return lines_; }
    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }

    /// What the program writes for `command` with these options.
    [[nodiscard]] Dense array(const std::string& command, const std::vector<std::string>& options,
                              const std::string& data = "data.csv") const {
        std::vector<std::string> arguments = {command, "--data", path(data), "--out",
                                              path("array.npy")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        succeed(arguments);
        const Matrix<double> result = read_npy(path("array.npy"));
        return as_eigen(result);
    }

  private:
    TemporaryDirectory directory_;
    Lines lines_;
};

/// Mean and spread of Z Z^T over seeds, in the Frobenius norm, relative to |K|.
struct Statistics {
    double error_of_mean;       ///< |mean - K| / |K|
    double standard_deviation;  ///< of one Z Z^T
    double standard_error;      ///< of the mean
};

Statistics gram_statistics(const MappedRows& rows, const Dense& kernel,
                           const std::vector<std::string>& options, Index features) {
    constexpr int seeds = 6;
    std::vector<Dense> grams;
    Dense mean = Dense::Zero(kernel.rows(), kernel.cols());
    for (int seed = 1; seed <= seeds; ++seed) {
        std::vector<std::string> all = options;
        all.insert(all.end(),
                   {"--features", std::to_string(features), "--seed", std::to_string(seed)});
        const Dense z = rows.array("features", all);
        REQUIRE(z.cols() == features);
        grams.emplace_back(z * z.transpose());
        mean += grams.back() / seeds;
    }
    double squares = 0;
    for (const Dense& gram : grams) squares += (gram - mean).squaredNorm();
    const double deviation = std::sqrt(squares / (seeds - 1)) / kernel.norm();
    return {(mean - kernel).norm() / kernel.norm(), deviation, deviation / std::sqrt(seeds)};
}

void check_approximation(const std::vector<std::string>& options) {
    const MappedRows rows(200);
    std::vector<std::string> kernel_options = options;
    kernel_options.insert(kernel_options.end(), {"--precision", "f64"});
    const Dense kernel = rows.array("kernel", kernel_options);
    const Statistics few = gram_statistics(rows, kernel, options, 64);
    const Statistics many = gram_statistics(rows, kernel, options, 256);
    CHECK(few.error_of_mean < 5 * few.standard_error);
    CHECK(many.error_of_mean < 5 * many.standard_error);
    // Four times the features halve the deviation.
    CHECK(many.standard_deviation < 0.7 * few.standard_deviation);
}

/// Features of 50 rows, as the bytes of the file.
std::string features_of(const MappedRows& rows, const std::string& data,
                        const std::vector<std::string>& options) {
    std::vector<std::string> all = {"--features", "64"};
    all.insert(all.end(), options.begin(), options.end());
    static_cast<void>(rows.array("features", all, data));
    return content_of(rows.path("array.npy"));
}

}  // namespace

TEST_CASE("Z Z^T is the NTK in expectation, rows as they are") {
    check_approximation({"--target", "-1"});
}

TEST_CASE("Z Z^T is the NTK in expectation, columns standardised") {
    check_approximation({"--target", "-1", "--standardise"});
}

TEST_CASE("Z Z^T is the NNGP kernel in expectation") {
    check_approximation({"--target", "-1", "--standardise", "--kind", "nngp"});
}

TEST_CASE("linear features give the linear kernel") {
    const MappedRows rows(50);
    const Dense z = rows.array("features", {"--target", "-1", "--map", "linear"});
    const Numbers numbers = numbers_of(rows.lines());
    const Dense gram = z * z.transpose();
    double product = 0;
    double square = 0;
    for (std::size_t k = 0; k < 9; ++k) {
        product += numbers[3][k] * numbers[7][k];
        square += numbers[3][k] * numbers[3][k];
    }
    CHECK(gram(3, 7) / gram(3, 3) == Approx(product / square).epsilon(1e-5));
}

TEST_CASE("CSV, npy and svmlight files of the same numbers have the same features") {
    const MappedRows rows(50);
    const Numbers numbers = numbers_of(rows.lines());
    NpyWriter array(rows.path("data.npy"), 50, 10, NpyScalar::float64);
    std::string svmlight;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        Matrix<double> row(1, 10);
        for (std::size_t k = 0; k < 10; ++k) row(0, static_cast<Index>(k)) = numbers[i][k];
        array.append(std::as_const(row).view());
        std::string rest = rows.lines()[i] + ",";
        std::string line;
        for (int k = 1; k <= 9; ++k) {
            line += " " + std::to_string(k) + ":" + rest.substr(0, rest.find(','));
            rest.erase(0, rest.find(',') + 1);
        }
        svmlight += rest.substr(0, rest.find(',')) + line + "\n";
    }
    array.commit();
    write_file(rows.path("data.svm"), svmlight);
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{}, std::vector<std::string>{"--standardise"}}) {
        const auto with_target = [&](const std::string& target) {
            std::vector<std::string> all = options;
            all.insert(all.end(), {"--target", target});
            return all;
        };
        const std::string expected = features_of(rows, "data.csv", with_target("-1"));
        CHECK(features_of(rows, "data.npy", with_target("10")) == expected);
        CHECK(features_of(rows, "data.npy", with_target("-1")) == expected);
        CHECK(features_of(rows, "data.svm", options) == expected);
    }
    CHECK(features_of(rows, "data.npy", {}) != features_of(rows, "data.npy", {"--target", "10"}));
}

TEST_CASE("features in float16 are those in float32, rounded") {
    const MappedRows rows(50);
    const Dense single = rows.array("features", {"--target", "-1", "--standardise"});
    const Dense half =
        rows.array("features", {"--target", "-1", "--standardise", "--precision", "f16"});
    // Half a unit in the last of 11 binary digits, and of the least number.
    const auto bounds = single.array().abs() * std::ldexp(1.0, -11) + std::ldexp(1.0, -25);
    CHECK(((half - single).array().abs() <= bounds).all());
    CHECK(half != single);
}

TEST_CASE("a linear model of features and targets on disk is the model of the map") {
    const MappedRows rows(300);
    const std::vector<std::string> map = {"--map", "nystrom", "--features", "32"};
    const auto with = [&](std::vector<std::string> all) {
        all.insert(all.end(), map.begin(), map.end());
        return all;
    };
    const std::string data = rows.path("data.csv");
    succeed(with({"features", "--data", data, "--rows", "1:200", "--target", "-1", "--standardise",
                  "--out", rows.path("train.npy"), "--targets-out", rows.path("train_y.npy")}));
    succeed(with({"features", "--data", data, "--rows", "201:", "--learn-from", data,
                  "--learn-rows", "1:200", "--target", "-1", "--standardise", "--out",
                  rows.path("test.npy"), "--targets-out", rows.path("test_y.npy")}));
    const auto tested = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--lambda", "0.01"});
        const std::string output = succeed(arguments);
        return output.substr(output.find("test RMSE"));
    };
    const std::string direct = tested(with({"fit", "--data", data, "--rows", "1:200", "--target",
                                            "-1", "--test-data", data, "--test-rows", "201:"}));
    CHECK(contains(direct, "test RMSE"));
    CHECK(tested({"fit", "--data", rows.path("train.npy"), "--target", rows.path("train_y.npy"),
                  "--test-data", rows.path("test.npy"), "--test-target", rows.path("test_y.npy"),
                  "--map", "linear", "--no-standardise"}) == direct);
}
