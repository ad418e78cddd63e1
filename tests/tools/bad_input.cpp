#include "refusal.hpp"

using namespace sketchntk_test;

namespace {

/// A directory with a small data file, `temperature,pressure,y`.
class Files {
  public:
    Files() { write("good.csv", good); }

    void write(const std::string& name, const std::string& text) const {
        write_file(path(name), text);
    }
    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }

    /// A fit to a file with these options must be refused with a message that holds all `parts`.
    void refuse_fit(const std::string& data, const std::vector<std::string>& options,
                    const std::vector<std::string>& parts) const {
        std::vector<std::string> arguments = {"fit",     "--data", path(data), "--model",
                                              path("m"), "--json", path("j")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        check_refused(arguments, parts, directory_);
    }

    void refuse(const std::vector<std::string>& arguments,
                const std::vector<std::string>& parts) const {
        check_refused(arguments, parts, directory_);
    }

    static inline const std::string good = "temperature,pressure,y\n1,2,3\n2,3,4\n1,4,2\n5,1,1\n";

  private:
    TemporaryDirectory directory_;
};

const std::vector<std::string> target = {"--target", "y", "--features", "16"};

std::vector<std::string> with(std::vector<std::string> options) {
    options.insert(options.begin(), {"--target", "y"});
    return options;
}

}  // namespace

TEST_CASE("bad data is refused with file, line and column") {
    const Files files;
    files.write("empty.csv", "");
    files.write("header.csv", "temperature,pressure,y\n");
    files.write("ragged.csv", Files::good + "1,2\n");
    files.write("text.csv", Files::good + "1,hot,2\n");
    files.write("nan.csv", Files::good + "1,nan,2\n");
    files.write("inf.csv", Files::good + "-inf,2,2\n");
    files.write("target.csv", Files::good + "1,2,inf\n");
    files.refuse_fit("absent.csv", target, {"absent.csv", "No such file"});
    files.refuse_fit("empty.csv", target, {"empty.csv", "empty"});
    files.refuse_fit("header.csv", target, {"header.csv"});
    files.refuse_fit("ragged.csv", target, {"ragged.csv:6", "expected 3 cells, got 2"});
    files.refuse_fit("text.csv", target, {"text.csv:6", "'pressure'", "'hot'"});
    files.refuse_fit("nan.csv", target, {"nan.csv:6", "'pressure'", "'nan'"});
    files.refuse_fit("inf.csv", target, {"inf.csv:6", "'temperature'", "'-inf'"});
    files.refuse_fit("target.csv", target, {"target.csv:6", "'y'", "'inf'"});
}

TEST_CASE("columns that are not there are refused with the nearest name") {
    const Files files;
    files.refuse_fit("good.csv", {"--target", "presure"}, {"good.csv", "'presure'", "'pressure'"});
    files.refuse_fit("good.csv", {"--target", "4"}, {"good.csv", "'4'"});
    files.refuse_fit("good.csv", {}, {"target"});
    files.refuse_fit("good.csv", {"--target", "none"}, {"target"});
    files.refuse_fit("good.csv", with({"--ignore", "temprature"}), {"'temperature'"});
    files.refuse_fit("good.csv", with({"--categorical", "presure"}), {"'pressure'"});
}

TEST_CASE("options out of range are refused by name") {
    const Files files;
    files.refuse_fit("good.csv", with({"--features", "0"}), {"features", "got 0"});
    files.refuse_fit("good.csv", with({"--features", "-3"}), {"features", "got -3"});
    files.refuse_fit("good.csv", with({"--map", "ntkfr"}), {"map", "'ntkfr'", "'ntkrf'"});
    files.refuse_fit("good.csv", with({"--network", "fc(dept=2)"}), {"'dept'", "'depth'"});
    files.refuse_fit("good.csv", with({"--network", "dense rellu dense"}), {"'rellu'", "'relu'"});
    files.refuse_fit("good.csv", with({"--network", "fc(depth=-1)"}), {"depth"});
    files.refuse_fit("good.csv", with({"--kind", "ntkk"}), {"'ntkk'", "'ntk'"});
    for (const char* lambda : {"-1", "nan", "inf", "much", "1e-3x", ""})
        files.refuse_fit("good.csv", with({"--lambda", lambda}), {"lambda"});
    files.refuse_fit("good.csv", with({"--threads", "-1"}), {"threads", "-1"});
    files.refuse_fit("good.csv", with({"--batch-rows", "0"}), {"batch rows", "got 0"});
    files.refuse_fit("good.csv", with({"--separator", "dots"}), {"separator", "'dots'"});
    for (const char* fraction : {"-0.1", "0", "1", "1.5", "nan"})
        files.refuse_fit("good.csv", with({"--test-fraction", fraction}), {"test fraction"});
    files.refuse_fit("good.csv", with({"--lambda", "validation", "--validation-fraction", "1.5"}),
                     {"fraction", "1.5"});
}

TEST_CASE("test rows that do not fit the data are refused") {
    const Files files;
    files.write("short.csv", "0\n1\n");
    files.write("two.csv", "0\n1\n2\n0\n");
    files.write("mask.csv", "0\n1\n0\n0\n");
    files.write("all.csv", "1\n1\n1\n1\n");
    files.write("untargeted.csv", "temperature,pressure\n1,2\n");
    files.refuse_fit("good.csv", with({"--test-mask", files.path("absent")}), {"absent"});
    files.refuse_fit("good.csv", with({"--test-mask", files.path("short.csv")}), {"short.csv"});
    files.refuse_fit("good.csv", with({"--test-mask", files.path("two.csv")}), {"two.csv", "2"});
    files.refuse_fit("good.csv", with({"--test-mask", files.path("all.csv")}), {"training rows"});
    files.refuse_fit("good.csv", with({"--test-mask", files.path("mask.csv"), "--split", "2"}),
                     {"mask.csv", "'2'"});
    files.refuse_fit("good.csv", with({"--test-data", files.path("untargeted.csv")}),
                     {"untargeted.csv", "target"});
}

TEST_CASE("output that cannot be written is refused") {
    const Files files;
    const std::string nowhere = files.path("nowhere/file.csv");
    const std::string data = files.path("good.csv");
    files.refuse({"fit", "--data", data, "--target", "y", "--model", nowhere}, {nowhere});
    files.refuse({"fit", "--data", data, "--target", "y", "--json", nowhere}, {nowhere});
    files.refuse({"plan", "--data", data, "--target", "y", "--json", nowhere}, {nowhere});
    files.refuse({"compare", "--data", data, "--target", "y", "--csv", nowhere}, {nowhere});
    files.refuse({"features", "--data", data, "--out", nowhere}, {nowhere});
    files.refuse({"kernel", "--data", data, "--out", nowhere}, {nowhere});
    files.refuse({"kernel", "--data", data, "--out", files.path("")}, {files.path("")});
}

TEST_CASE("features, kernel, compare and plan refuse what fit refuses") {
    const Files files;
    files.write("nan.csv", Files::good + "1,nan,2\n");
    const std::string out = files.path("out.npy");
    const std::string nan = files.path("nan.csv");
    const std::string data = files.path("good.csv");
    files.refuse({"features", "--data", nan, "--out", out}, {"nan.csv:6", "'pressure'"});
    files.refuse({"features", "--data", data, "--features", "0", "--out", out}, {"features"});
    files.refuse({"features", "--data", data, "--features", "100000000", "--out", out},
                 {"features", "100000000"});
    files.refuse({"kernel", "--data", nan, "--out", out}, {"nan.csv:6", "'pressure'"});
    files.refuse({"kernel", "--data", data, "--data2", nan, "--out", out}, {"nan.csv:6"});
    files.refuse({"kernel", "--data", data, "--kind", "nnpg", "--out", out}, {"'nnpg'"});
    files.refuse({"compare", "--data", data, "--csv", out}, {"target"});
    files.refuse({"compare", "--data", data, "--target", "y", "--maps", "linaer", "--csv", out},
                 {"'linaer'", "'linear'"});
    files.refuse({"compare", "--data", data, "--target", "y", "--features", "64,0", "--csv", out},
                 {"features", "got 0"});
    files.refuse({"plan", "--data", nan, "--target", "y", "--json", out}, {"nan.csv:6"});
    files.refuse({"plan", "--data", data, "--target", "y", "--map", "ntkfr"}, {"'ntkrf'"});
}

TEST_CASE("files whose columns are not the model's are refused") {
    const Files files;
    succeed({"fit", "--data", files.path("good.csv"), "--target", "y", "--features", "16",
             "--lambda", "1", "--model", files.path("model")});
    files.write("more.csv", "temperature,pressure,humidity,y\n1,2,3,4\n");
    files.write("less.csv", "temperature\n1\n");
    files.write("other.csv", "temperature,presure\n1,2\n");
    files.write("unnamed.csv", "1,2,3,4\n");
    files.write("nan.csv", Files::good + "1,nan,2\n");
    const auto refuse = [&](const std::string& data, const std::vector<std::string>& parts) {
        files.refuse({"predict", "--model", files.path("model"), "--data", files.path(data),
                      "--out", files.path("p.csv"), "--json", files.path("j")},
                     parts);
    };
    refuse("more.csv", {"more.csv", "'humidity'"});
    refuse("less.csv", {"less.csv", "'pressure'"});
    refuse("other.csv", {"other.csv", "'pressure'", "'presure'"});
    refuse("unnamed.csv", {"unnamed.csv", "expected 2 input columns", "got 4"});
    refuse("nan.csv", {"nan.csv:6", "'pressure'"});
    refuse("absent.csv", {"absent.csv"});
    files.refuse({"predict", "--model", files.path("model"), "--data", files.path("good.csv"),
                  "--out", files.path("p.txt")},
                 {"p.txt", ".npy"});
}

TEST_CASE("a failed run leaves the previous output as it was") {
    const Files files;
    files.write("nan.csv", Files::good + "1,nan,2\n");
    files.write("p.csv", "precious");
    succeed({"fit", "--data", files.path("good.csv"), "--target", "y", "--features", "16",
             "--lambda", "1", "--model", files.path("model")});
    const std::string model = content_of(files.path("model"));
    files.refuse({"predict", "--model", files.path("model"), "--data", files.path("nan.csv"),
                  "--out", files.path("p.csv")},
                 {"nan.csv:6"});
    CHECK(content_of(files.path("p.csv")) == "precious");
    files.refuse(
        {"fit", "--data", files.path("nan.csv"), "--target", "y", "--model", files.path("model")},
        {"nan.csv:6"});
    CHECK(content_of(files.path("model")) == model);
}

TEST_CASE("a target with one value altogether is refused by its name") {
    const Files files;
    files.write("constant.csv", "a,b,y\n1,2,7\n2,1,7\n3,5,7\n4,1,7\n");
    files.write("test.csv", "a,b,y\n5,2,7\n6,1,7\n");
    files.refuse_fit("constant.csv", target, {"target 'y' has the same value in all rows"});
    std::vector<std::string> tested = target;
    tested.insert(tested.end(), {"--test-data", files.path("test.csv")});
    files.refuse_fit("constant.csv", tested, {"target 'y' has the same value in all rows"});
}

TEST_CASE("a target with another value in the test rows is not said to be constant") {
    const Files files;
    files.write("constant.csv", "a,b,y\n1,2,7\n2,1,7\n3,5,7\n4,1,7\n");
    files.write("test.csv", "a,b,y\n5,2,8\n6,1,8\n");
    const Finished finished =
        run_sketchntk({"fit", "--data", files.path("constant.csv"), "--target", "y", "--features",
                       "16", "--test-data", files.path("test.csv")});
    CHECK(finished.status == 0);
    CHECK(contains(finished.messages, "constant in the training rows: target y"));
}
