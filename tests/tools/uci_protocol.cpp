#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "refusal.hpp"
#include "report.hpp"
#include "uci_kernels.hpp"
#include "uci_pack.hpp"

#include <sketchntk/solve/kernel_ridge_classifier.hpp>
#include <sketchntk/solve/support_vector_machine.hpp>

#include <functional>

using namespace sketchntk_test;
using sketchntk::Index;
using sketchntk::Matrix;

namespace {

/// Two sets, and the smallest grids that leave something to choose.
class UciRunOnPack {
  public:
    UciRunOnPack() : sets_{UciPackSet("diamonds", 60, 3), UciPackSet("rings", 44, 2)} {
        std::filesystem::create_directory(directory_.file("sets"));
        for (const UciPackSet& set : sets_) write(set);
    }

    void write(const UciPackSet& set) const {
        const TemporaryDirectory made;
        set.write(made);
        std::filesystem::copy(made.file(set.name), directory_.file("sets/" + set.name),
                              std::filesystem::copy_options::recursive |
                                  std::filesystem::copy_options::overwrite_existing);
    }

    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& more,
                                                   const std::string& depth = "1",
                                                   const std::string& costs = "0.1,10") const {
        std::vector<std::string> arguments{
            "protocol", "uci",      "--data", directory_.file("sets"), "--depth", depth, "--costs",
            costs,      "--gammas", "0.5,4",  "--gaussian-costs",      "1,8"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }
    [[nodiscard]] const std::vector<UciPackSet>& sets() const { return sets_; }

  private:
    TemporaryDirectory directory_;
    std::vector<UciPackSet> sets_;
};

using Predict = std::function<std::vector<int>(
    const Matrix<double>& gram, const std::vector<Index>& training, const std::vector<int>& classes,
    double cost, const std::vector<Index>& tested)>;

double share_right(const UciPackSet& set, const Matrix<double>& gram, double cost,
                   const std::vector<int>& training, const std::vector<int>& tested,
                   const Predict& predict) {
    std::vector<int> classes;
    for (const int row : training) classes.push_back(set.of_rows[static_cast<std::size_t>(row)]);
    const std::vector<int> predicted = predict(gram, {training.begin(), training.end()}, classes,
                                               cost, {tested.begin(), tested.end()});
    double right = 0;
    for (std::size_t k = 0; k < tested.size(); ++k)
        right += predicted[k] == set.of_rows[static_cast<std::size_t>(tested[k])];
    return right / static_cast<double>(tested.size());
}

/// The protocol once more: all kernels and costs on the one split, the first best on the folds.
void check_method(const nlohmann::json& found, const UciPackSet& set,
                  const sketchntk::tools::UciKernels& kernels, const std::vector<double>& costs,
                  const Predict& predict) {
    double best = -1;
    Index kernel = 0;
    double cost = 0;
    for (Index k = 0; k < kernels.count(); ++k)
        for (const double c : costs) {
            const double accuracy =
                share_right(set, kernels.gram(k, {}), c, set.numbers(2, 0, false),
                            set.numbers(2, 1, false), predict);
            if (accuracy <= best) continue;
            best = accuracy;
            kernel = k;
            cost = c;
        }
    CHECK(found.at("selection_accuracy").get<double>() == best);
    CHECK(found.at("kernel") == kernels.name(kernel));
    CHECK(found.at("description") == kernels.description(kernel));
    CHECK(found.at("cost").get<double>() == cost);
    double sum = 0;
    for (int fold = 0; fold < 4; ++fold) {
        const double accuracy =
            share_right(set, kernels.gram(kernel, {}), cost, set.numbers(4, fold, true),
                        set.numbers(4, fold, false), predict);
        CHECK(found.at("fold_accuracies").at(static_cast<std::size_t>(fold)).get<double>() ==
              accuracy);
        sum += accuracy;
    }
    CHECK(found.at("accuracy").get<double>() == Approx(sum / 4));
}

std::vector<int> by_votes(const Matrix<double>& gram, const std::vector<Index>& training,
                          const std::vector<int>& classes, double cost,
                          const std::vector<Index>& tested) {
    const sketchntk::SupportVectorGram nodes(gram.view());
    return sketchntk::SupportVectorMachine(nodes, training, classes, cost).predict(tested);
}

std::vector<int> by_squares(const Matrix<double>& gram, const std::vector<Index>& training,
                            const std::vector<int>& classes, double cost,
                            const std::vector<Index>& tested) {
    return sketchntk::KernelRidgeClassifier(gram, training, classes, cost).predict(gram, tested);
}

/// What does not depend on the machine.
nlohmann::json without_seconds(nlohmann::json report) {
    for (auto& set : report.at("sets"))
        for (auto& method : set.at("methods")) method.erase("seconds");
    return report;
}

}  // namespace

TEST_CASE("the UCI protocol chooses on one split and tests on four folds") {
    const UciRunOnPack run;
    const std::string output = succeed(run.command(
        {"--classifier", "svm,ridge", "--json", run.file("uci.json"), "--csv", run.file("u.csv")}));
    CHECK(contains(output, "diamonds"));
    CHECK(contains(output, "rings"));
    CHECK(contains(output, "Friedman rank"));
    CHECK(first_lines(run.file("u.csv"), 100).size() == 7);

    const auto report = report_in(run.file("uci.json"));
    REQUIRE(report.at("sets").size() == 2);
    double mean = 0;
    for (std::size_t s = 0; s < 2; ++s) {
        const UciPackSet& set = run.sets()[s];
        const auto& found = report.at("sets").at(s);
        CHECK(found.at("name") == set.name);
        CHECK(found.at("rows") == set.rows);
        CHECK(found.at("inputs") == 2);
        CHECK(found.at("classes") == set.classes);
        Matrix<double> inputs(set.rows, 2);
        for (Index i = 0; i < set.rows; ++i)
            for (Index j = 0; j < 2; ++j)
                inputs(i, j) = std::stod(std::to_string(
                    set.inputs[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]));
        const auto networks = sketchntk::tools::uci_network_kernels(inputs, 1);
        const auto gaussians = sketchntk::tools::uci_gaussian_kernels(inputs, {0.5, 4}, {});
        const auto& methods = found.at("methods");
        REQUIRE(methods.size() == 3);
        CHECK(methods.at(0).at("method") == "ntk-svm");
        CHECK(methods.at(1).at("method") == "ntk-ridge");
        CHECK(methods.at(2).at("method") == "gaussian-svm");
        check_method(methods.at(0), set, *networks, {0.1, 10}, by_votes);
        check_method(methods.at(1), set, *networks, {0.1, 10}, by_squares);
        check_method(methods.at(2), set, *gaussians, {1, 8}, by_votes);
        mean += methods.at(0).at("accuracy").get<double>() / 2;
    }
    REQUIRE(report.at("summary").size() == 3);
    CHECK(report.at("summary").at(0).at("mean_accuracy").get<double>() == Approx(mean));
    CHECK(report.at("summary").at(0).at("sets") == 2);
}

TEST_CASE("the UCI protocol gives the same for any number of threads") {
    const UciRunOnPack run;
    succeed(run.command({"--threads", "1", "--json", run.file("one.json")}));
    succeed(run.command({"--threads", "3", "--json", run.file("three.json")}));
    CHECK(without_seconds(report_in(run.file("one.json"))) ==
          without_seconds(report_in(run.file("three.json"))));
}

TEST_CASE("the UCI protocol goes on from the results that it finds") {
    const UciRunOnPack run;
    const std::string path = run.file("uci.json");
    succeed(run.command({"--sets", "rings", "--json", path}));
    auto marked = report_in(path);
    marked.at("sets").at(0).at("methods").at(0).at("seconds") = 12345;
    write_file(path, marked.dump());
    const std::string output = succeed(run.command({"--classifier", "svm,ridge", "--json", path}));
    CHECK(contains(output, "diamonds"));
    const auto report = report_in(path);
    REQUIRE(report.at("sets").size() == 2);
    CHECK(report.at("sets").at(0).at("methods").at(0) ==
          marked.at("sets").at(0).at("methods").at(0));
    CHECK(report.at("sets").at(0).at("methods").size() == 3);
    CHECK(report.at("summary").at(0).at("sets") == 2);

    const auto refused = [&](const std::vector<std::string>& command,
                             const std::vector<std::string>& parts) {
        const std::string before = content_of(path);
        check_refused(command, parts, run.directory());
        CHECK(content_of(path) == before);
    };
    const std::vector<std::string> continued{"--json", path};
    refused(run.command(continued, "2"), {path, "deepest", "1 instead of 2"});
    refused(run.command(continued, "1", "0.1,1"), {path, "costs", "[0.1,10.0]", "[0.1,1.0]"});
    run.write(UciPackSet("rings", 40, 2));
    refused(run.command(continued), {path, "rings", "44 rows", "40 rows"});
    write_file(path, "[1, 2]");
    refused(run.command(continued), {path, "not a report"});
}

TEST_CASE("the UCI protocol names what is wrong with its options") {
    const UciRunOnPack run;
    const auto refused = [&](const std::vector<std::string>& more,
                             const std::vector<std::string>& parts) {
        check_refused(run.command(more), parts, run.directory());
    };
    refused({"--sets", "ring"}, {"'ring'", "nearest name is 'rings'"});
    check_refused(run.command({}, "1", "1,0"), {"costs", "got 0"}, run.directory());
    refused({"--json", run.file("none/uci.json")}, {"none"});
    write_file(run.file("sets.tar"), "");
    check_refused({"protocol", "uci", "--data", run.file("sets.tar")}, {"unpack", "tar -xf"},
                  run.directory());
    CHECK(run_sketchntk({"protocol"}).status == 2);
    CHECK(run_sketchntk(run.command({"--classifier", "forest"})).status == 2);
}

TEST_CASE("sets outside the UCI protocol are passed over, and said so") {
    const UciRunOnPack run;
    write_file(run.file("sets/rings/rings.txt"), run.sets()[1].description() + "n_patrons2= 10\n");
    const Finished finished = run_sketchntk(run.command({}));
    CHECK(finished.status == 0);
    CHECK(contains(finished.messages, "rings: not one of the protocol's sets"));
    CHECK_FALSE(contains(finished.output, "rings"));
    CHECK(contains(finished.output, "diamonds"));
}

TEST_CASE("a set of the published pack: acute-nephritis is learnt without an error") {
    const std::string archive =
        SKETCHNTK_SOURCE_DIRECTORY "/../shared/data/uci121/uci90_dev45.tar.xz";
    const TemporaryDirectory directory;
    const std::string unpack =
        "tar -xJf '" + archive + "' -C '" + directory.file("") + "' acute-nephritis";
    if (!std::filesystem::exists(archive) ||
        RunningProgram({"/bin/sh", "-c", unpack}).wait().status != 0) {
        WARN("skipped: no UCI sets at " << archive << ", or no tar and xz to unpack them");
        return;
    }
    succeed({"protocol", "uci", "--data", directory.file(""), "--gammas", "0.125",
             "--gaussian-costs", "8", "--json", directory.file("uci.json")});
    const auto set = report_in(directory.file("uci.json")).at("sets").at(0);
    CHECK(set.at("rows") == 120);
    CHECK(set.at("inputs") == 6);
    CHECK(set.at("methods").at(0).at("accuracy") == 1.0);
    CHECK(set.at("methods").at(1).at("accuracy") == 1.0);
}
