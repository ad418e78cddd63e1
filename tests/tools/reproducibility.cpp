#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"

using namespace sketchntk_test;

namespace {

/// More rows than the largest batch.
class FittedRows {
  public:
    FittedRows() { write_file(directory_.file("data.csv"), text_of(protein_lines(12'000))); }

    /// The file that the program writes with these arguments, to the option `output`.
    [[nodiscard]] std::string written(std::vector<std::string> arguments,
                                      const std::string& output) const {
        const std::string path = directory_.file("output.npy");
        arguments.insert(arguments.end(), {"--data", directory_.file("data.csv"), output, path});
        succeed(arguments);
        return content_of(path);
    }

    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }

  private:
    TemporaryDirectory directory_;
};

struct Way {
    std::string threads;
    std::string batch_rows;
};

/// `arguments` give the same file whichever way they are run.
std::string check_same(const FittedRows& rows, const std::vector<std::string>& arguments,
                       const std::string& output) {
    std::string first;
    for (const auto& [threads, batch_rows] :
         {Way{"1", "1000"}, Way{"2", "4096"}, Way{"5", "10007"}, Way{"1", "10007"}}) {
        std::vector<std::string> all = arguments;
        all.insert(all.end(), {"--threads", threads, "--batch-rows", batch_rows});
        const std::string content = rows.written(all, output);
        INFO(threads + " threads, batches of " + batch_rows + " rows");
        CHECK((first.empty() || content == first));
        if (first.empty()) first = content;
    }
    return first;
}

}  // namespace

TEST_CASE("models have the same bits for any number of threads and any batch") {
    const FittedRows rows;
    for (const char* rule : {"auto", "loo", "validation"}) {
        INFO(rule);
        check_same(rows,
                   {"fit", "--target", "-1", "--network", "fc(depth=2)", "--features", "96",
                    "--lambda", rule, "--test-fraction", "0.1"},
                   "--model");
    }
}

TEST_CASE("features and predictions have the same bits for any number of threads and any batch") {
    const FittedRows rows;
    check_same(rows, {"features", "--target", "-1", "--features", "32", "--standardise"}, "--out");
    write_file(rows.path("model"),
               rows.written({"fit", "--target", "-1", "--features", "64"}, "--model"));
    check_same(rows, {"predict", "--model", rows.path("model")}, "--out");
}

TEST_CASE("kernels have the same bits for any number of threads") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), text_of(protein_lines(700)));
    std::string first;
    for (const char* threads : {"1", "2", "5"}) {
        succeed({"kernel", "--data", directory.file("data.csv"), "--target", "-1", "--threads",
                 threads, "--out", directory.file("kernel.npy")});
        const std::string content = content_of(directory.file("kernel.npy"));
        CHECK((first.empty() || content == first));
        first = content;
    }
}

TEST_CASE("another seed gives another model") {
    const FittedRows rows;
    const std::vector<std::string> arguments = {"fit",        "--target", "-1",
                                                "--features", "32",       "--seed"};
    std::vector<std::string> one = arguments;
    one.emplace_back("1");
    std::vector<std::string> two = arguments;
    two.emplace_back("2");
    CHECK(rows.written(one, "--model") == rows.written(one, "--model"));
    CHECK(rows.written(one, "--model") != rows.written(two, "--model"));
}
