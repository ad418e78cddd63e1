#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "refusal.hpp"

#include <sketchntk/data/npy.hpp>
#include <sketchntk/sketches/any_sketch.hpp>
#include <sketchntk/sketches/poly_sketch.hpp>

#include <cmath>

using namespace sketchntk_test;
using sketchntk::Index;
using sketchntk::Matrix;
using sketchntk::read_npy;
using sketchntk::sketches::AnySketch;
using sketchntk::sketches::OperatorDescription;
using sketchntk::sketches::parse_operator;
using sketchntk::sketches::PolySketch;

namespace {

/// Forty rows of a table, and the same numbers as a sparse file.
class Files {
  public:
    Files() : lines_(protein_lines(40)) {
        write_file(path("data.csv"), text_of(lines_));
        std::string svmlight;
        for (const std::string& line : lines_) {
            std::string rest = line + ",";
            std::string entries;
            for (int k = 1; k <= 9; ++k) {
                entries += " " + std::to_string(k) + ":" + rest.substr(0, rest.find(','));
                rest.erase(0, rest.find(',') + 1);
            }
            svmlight += "0" + entries + "\n";
        }
        write_file(path("data.svm"), svmlight);
    }

    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }

    /// What `sketch` writes with these options, as the bytes of its file.
    [[nodiscard]] std::string sketch(const std::vector<std::string>& options,
                                     const std::string& data = "data.csv") const {
        std::vector<std::string> arguments = {"sketch", "--data", path(data), "--out",
                                              path("sketch.npy")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        if (data == "data.csv") arguments.insert(arguments.end(), {"--target", "-1"});
        succeed(arguments);
        return content_of(path("sketch.npy"));
    }
    [[nodiscard]] Matrix<double> array() const { return read_npy(path("sketch.npy")); }

  private:
    TemporaryDirectory directory_;
    Lines lines_;
};

double product(const Matrix<double>& rows, Index i, Index j) {
    double sum = 0;
    for (Index k = 0; k < rows.columns(); ++k) sum += rows(i, k) * rows(j, k);
    return sum;
}

}  // namespace

TEST_CASE("sketches of real rows keep inner products and their powers") {
    const Files files;
    const Numbers numbers = numbers_of(protein_lines(40));
    const auto row_of = [&numbers](std::size_t i) {
        std::vector<float> row;
        for (std::size_t k = 0; k < 9; ++k) row.push_back(static_cast<float>(numbers[i][k]));
        return row;
    };
    const std::vector<float> x = row_of(3), y = row_of(7);
    double inner = 0;
    for (std::size_t k = 0; k < 9; ++k)
        inner += static_cast<double>(x[k]) * static_cast<double>(y[k]);
    const OperatorDescription shape{.name = "", .inputs = 9, .outputs = 4096};
    const auto check = [&](const std::string& distribution, double degree, double variance) {
        INFO(distribution);
        static_cast<void>(files.sketch({"--operator", distribution, "--outputs", "4096"}));
        const Matrix<double> z = files.array();
        CHECK(z.rows() == 40);
        CHECK(z.columns() == 4096);
        CHECK(std::abs(product(z, 3, 7) - std::pow(inner, degree)) < 5 * std::sqrt(variance));
    };
    const auto check_known = [&](const std::string& distribution, double degree) {
        const AnySketch sketch = AnySketch::from_description(parse_operator(distribution, shape));
        check(distribution, degree, sketch.variance(x, y));
    };
    check_known("gaussian", 1);
    check_known("count_sketch", 1);
    check_known("tensor_sketch(degree=3)", 3);
    check("poly_sketch(degree=3)", 3,
          PolySketch(9, 4096, 3, sketchntk::Seed{0}).variance_bound(x, y));
}

TEST_CASE("sketch: the same bytes for any threads and batch size; the seed matters") {
    const Files files;
    for (const std::string distribution :
         {"count_sketch", "rademacher", "tensor_sketch(degree=2)", "poly_sketch(degree=5)"}) {
        INFO(distribution);
        const std::vector<std::string> options = {"--operator", distribution, "--outputs", "64"};
        const auto with = [&options](const std::vector<std::string>& more) {
            std::vector<std::string> all = options;
            all.insert(all.end(), more.begin(), more.end());
            return all;
        };
        for (const char* data : {"data.csv", "data.svm"}) {
            const std::string expected = files.sketch(options, data);
            CHECK(files.sketch(with({"--threads", "1"}), data) == expected);
            CHECK(files.sketch(with({"--threads", "5", "--batch-rows", "7"}), data) == expected);
            CHECK(files.sketch(with({"--seed", "2"}), data) != expected);
        }
    }
}

TEST_CASE("a sparse file gives what the same numbers in a table give") {
    const Files files;
    for (const std::string distribution : {"sparse_sign(nonzeros=4)", "gaussian", "srht"}) {
        const std::vector<std::string> options = {"--operator", distribution, "--outputs", "12"};
        static_cast<void>(files.sketch(options, "data.csv"));
        const Matrix<double> dense = files.array();
        static_cast<void>(files.sketch(options, "data.svm"));
        const Matrix<double> sparse = files.array();
        for (Index i = 0; i < 40; ++i) {
            for (Index k = 0; k < 12; ++k) {
                CHECK(sparse(i, k) ==
                      Approx(dense(i, k)).margin(1e-5 * std::sqrt(product(dense, i, i))));
            }
        }
    }
}

TEST_CASE("an operator that was saved sketches other rows in the same way") {
    const Files files;
    const std::string expected =
        files.sketch({"--operator", "tensor_sketch(degree=2)", "--outputs", "64", "--seed", "9",
                      "--save-operator", files.path("operator.json")});
    CHECK(files.sketch({"--operator", files.path("operator.json")}) == expected);
    CHECK(files.sketch({"--operator", content_of(files.path("operator.json"))}) == expected);
    write_file(files.path("narrow.csv"), "1,2,3\n4,5,6\n");
    check_refused({"sketch", "--operator", files.path("operator.json"), "--data",
                   files.path("narrow.csv"), "--out", files.path("other.npy")},
                  {"narrow.csv has 3", "rows of 9 columns"}, files.directory());
    check_refused({"sketch", "--operator", files.path("operator.json"), "--outputs", "32", "--data",
                   files.path("data.csv"), "--target", "-1", "--out", files.path("other.npy")},
                  {"--outputs", "the operator has 64"}, files.directory());
}

TEST_CASE("epsilon chooses the number of outputs and says by which bound") {
    const Files files;
    const Finished finished = run_sketchntk(
        {"sketch", "--operator", "count_sketch", "--epsilon", "0.5", "--delta", "0.1", "--data",
         files.path("data.csv"), "--target", "-1", "--out", files.path("sketch.npy")});
    REQUIRE(finished.status == 0);
    CHECK(contains(finished.messages, "outputs: 80 by Chebyshev"));
    CHECK(files.array().columns() == 80);
}

TEST_CASE("bad operators and sizes are refused before anything is written") {
    const Files files;
    const auto refused = [&files](const std::vector<std::string>& options,
                                  const std::vector<std::string>& parts) {
        std::vector<std::string> arguments = {
            "sketch", "--data", files.path("data.csv"), "--target",
            "-1",     "--out",  files.path("no.npy")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        check_refused(arguments, parts, files.directory());
    };
    refused({"--operator", "countsketch"},
            {"unknown 'countsketch'", "did you mean 'count_sketch'"});
    refused({"--operator", "tensor_sketch(degree=0)"}, {"degree", "from 1 to 64", "got 0"});
    refused({"--operator", "tensor_sketch(degre=2)"}, {"degre", "did you mean 'degree'"});
    refused({"--operator", "tensor_sketch(degree=2"}, {"tensor_sketch(degree=2", "character"});
    refused({"--operator", "gaussian", "--outputs", "0"}, {"outputs", "got 0"});
    refused({"--operator", "gaussian", "--outputs", "9000000000000000000"}, {"outputs"});
    refused({"--operator", "srht", "--outputs", "17"}, {"outputs", "1 to 16", "got 17"});
    refused({"--operator", "gaussian", "--outputs", "1000000000"}, {"outputs", "MiB"});
    refused({"--operator", "{\"sketchntk_operator\":7}"}, {"version 7"});
    refused({"--operator", "gaussian", "--epsilon", "-1"}, {"epsilon", "above 0"});
}

TEST_CASE("a row that is not finite is named, and nothing is written") {
    const Files files;
    write_file(files.path("bad.csv"), "1,2\n3,nan\n");
    check_refused({"sketch", "--operator", "gaussian", "--data", files.path("bad.csv"), "--out",
                   files.path("no.npy")},
                  {"bad.csv", "2"}, files.directory());
    write_file(files.path("bad.svm"), "1 1:2\n1 1:3 7:1e300\n");
    check_refused({"sketch", "--operator", "gaussian", "--data", files.path("bad.svm"), "--out",
                   files.path("no.npy")},
                  {"row 2, column 7"}, files.directory());
}
