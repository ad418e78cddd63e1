#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "refusal.hpp"
#include "report.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <cmath>
#include <numbers>

using namespace sketchntk_test;

namespace {

constexpr int all_rows = 1402;  // folds of 351, 351, 350 and 350 rows

/// Ridge regression of standardised columns on a standardised target without an intercept: mean
/// squared error in the target's own units on the rows [first, first + count).
double direct_error(const Numbers& numbers, int first, int count, double lambda) {
    const auto columns = static_cast<Eigen::Index>(numbers.front().size());
    Eigen::MatrixXd training(all_rows - count, columns);
    Eigen::MatrixXd test(count, columns);
    for (int i = 0, t = 0; i < all_rows; ++i) {
        const Eigen::Map<const Eigen::RowVectorXd> row(numbers[static_cast<std::size_t>(i)].data(),
                                                       columns);
        if (i >= first && i < first + count)
            test.row(i - first) = row;
        else
            training.row(t++) = row;
    }
    const Eigen::RowVectorXd means = training.colwise().mean();
    training.rowwise() -= means;
    test.rowwise() -= means;
    const Eigen::RowVectorXd scales = training.colwise().squaredNorm().array().sqrt() /
                                      std::sqrt(static_cast<double>(training.rows()));
    training.array().rowwise() /= scales.array();
    test.array().rowwise() /= scales.array();
    const Eigen::Index inputs = columns - 1;
    Eigen::MatrixXd normal = training.leftCols(inputs).transpose() * training.leftCols(inputs);
    normal.diagonal().array() += lambda;
    const Eigen::VectorXd coefficients =
        normal.llt().solve(training.leftCols(inputs).transpose() * training.col(inputs));
    const double scale = scales(inputs);
    return scale * scale * (test.leftCols(inputs) * coefficients - test.col(inputs)).squaredNorm() /
           static_cast<double>(count);
}

}  // namespace

TEST_CASE("the protocol of ntk-sketch-rf: contiguous folds, its lambda grid, and lambda times n") {
    const TemporaryDirectory directory;
    const Lines lines = protein_lines(all_rows);
    write_file(directory.file("data.csv"), text_of(lines));
    const std::string output =
        succeed({"compare", "--data", directory.file("data.csv"), "--target", "-1", "--maps",
                 "linear,ntkrf", "--features", "64", "--protocol", "ntk-sketch-rf", "--json",
                 directory.file("report.json"), "--csv", directory.file("report.csv")});
    CHECK(contains(output, "as published"));
    CHECK(contains(output, "lambda as selected"));
    const auto report = report_in(directory.file("report.json"));
    REQUIRE(report.size() == 2);
    CHECK(report.at(0).at("method") == "linear");
    CHECK(report.at(1).at("features") == 64);
    CHECK(first_lines(directory.file("report.csv"), 100).size() == 17);

    // Linear features of a network of depth 1 are inputs to scale in the public code's units.
    const Numbers numbers = numbers_of(lines);
    const auto& folds = report.at(0).at("folds");
    REQUIRE(folds.size() == 4);
    int first = 0;
    double sum = 0;
    for (const auto& fold : folds) {
        const int count = fold.at("test_rows");
        CHECK(count == (first < 702 ? 351 : 350));
        CHECK(fold.at("training_rows") == all_rows - count);
        const double training = all_rows - count;
        const double lambda = fold.at("selected_lambda");
        const double exponent = std::log(lambda / training);
        CHECK(exponent == Approx(std::round(exponent)).margin(1e-9));
        CHECK(exponent > -18.5);
        CHECK(exponent < 3.5);
        CHECK(fold.at("published_lambda").get<double>() == Approx(lambda * training));
        CHECK(fold.at("selected_mse").get<double>() ==
              Approx(direct_error(numbers, first, count, lambda)).epsilon(1e-4));
        CHECK(fold.at("published_mse").get<double>() ==
              Approx(direct_error(numbers, first, count, lambda * training)).epsilon(1e-4));
        sum += fold.at("published_mse").get<double>();
        first += count;
    }
    CHECK(first == all_rows);
    CHECK(report.at(0).at("published_mse").at("mean").get<double>() == Approx(sum / 4));
    CHECK(report.at(0).at("published_mse").at("count") == 4);
}

TEST_CASE("the protocol refuses data and kernels for which it is not defined") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), text_of(protein_lines(1400)));
    write_file(directory.file("few.csv"), text_of(protein_lines(1300)));
    const auto refused = [&](const std::string& data, const std::vector<std::string>& more,
                             const std::vector<std::string>& parts) {
        std::vector<std::string> arguments{"compare",    "--data",        directory.file(data),
                                           "--protocol", "ntk-sketch-rf", "--features",
                                           "16"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        check_refused(arguments, parts, directory);
    };
    refused("few.csv", {"--target", "-1"}, {"protocol", "1000 training rows", "975"});
    refused("data.csv", {}, {"protocol", "one target", "0"});
    refused("data.csv", {"--target", "1,2"}, {"protocol", "one target", "2"});
    refused("data.csv", {"--target", "-1", "--network", "fc(depth=1, b_std=0.1)"},
            {"protocol", "without biases"});
    refused("data.csv", {"--target", "-1", "--kind", "nngp"}, {"protocol", "ntk"});
}
