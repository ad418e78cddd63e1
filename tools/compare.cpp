#include "command.hpp"
#include "comparison.hpp"
#include "comparison_plot.hpp"
#include "comparison_report.hpp"
#include "data_options.hpp"
#include "map_options.hpp"
#include "ntk_sketch_protocol.hpp"
#include "table.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/fit_plan.hpp>

#include <cmath>
#include <iostream>
#include <memory>

namespace sketchntk::tools {

namespace {

// On which the kernel error is measured: a pair of images takes milliseconds.
constexpr Index standard_sample_rows = 1000;
constexpr Index standard_sample_images = 200;

struct CompareArguments {
    DataOptions data;
    TestOptions test;
    KernelOptions kernel;
    FittingOptions fitting;
    RunOptions run;
    MapOptions map;
    std::string maps = "linear,ntkrf";
    std::vector<Index> features{512, 1024, 2048, 4096};
    bool exact = false;
    std::string exact_solver = "auto";
    double exact_tolerance = 1e-6;
    std::vector<double> exact_lambdas;
    bool exact_leave_one_out = false;
    Index seeds = 1;
    Index splits = 1;
    std::optional<Index> sample_rows;
    double spectral_lambda = 0.01;
    std::string protocol;
    std::string json;
    std::string csv;
    std::string summary_csv;
    std::string plot;
};

// Every (map, features) pair; maps whose size is their own come once.
std::vector<FitOptions> methods(const CompareArguments& arguments, const RowReader& rows) {
    const Index inputs = rows.schema().input_count();
    std::vector<FitOptions> result;
    for (const std::string& text : split_list(arguments.maps)) {
        Index previous = 0;
        for (const Index features : arguments.features) {
            FitOptions options = arguments.fitting.fit_options(
                arguments.map.configuration(arguments.kernel, text, features, arguments.run.seed));
            options.feature_map.image = rows.image_pixels();
            const Index columns = make_feature_map(options.feature_map, inputs)->features();
            if (columns != previous) result.push_back(std::move(options));
            previous = columns;
        }
    }
    return result;
}

Comparison::Settings settings(const CompareArguments& arguments, const RowReader& rows,
                              bool classification) {
    const Network network = arguments.kernel.parsed_network();
    const Index sample_rows = arguments.sample_rows.value_or(
        serves_rows(network) ? standard_sample_rows : standard_sample_images);
    return {.kernel = {.network = network,
                       .kind = arguments.kernel.parsed_kind(),
                       .image = rows.image_pixels(),
                       .normalise_rows = arguments.map.normalise == "rows",
                       .lambda = arguments.spectral_lambda},
            .sample_rows = sample_rows,
            .classification = classification,
            .exact_solver = parse_exact_solver(arguments.exact_solver),
            .exact_tolerance = arguments.exact_tolerance,
            .exact_lambdas = arguments.exact_lambdas,
            .exact_leave_one_out = arguments.exact_leave_one_out};
}

// Runs every method on every split, with every seed. What has finished is in the files whatever
// happens afterwards.
class CompareRun {
  public:
    explicit CompareRun(CompareArguments arguments)
        : arguments_(std::move(arguments)), execution_(arguments_.run.execution(&progress_)) {}

    void run() {
        for (Index split = 1; split <= arguments_.splits; ++split) run_split(split);
        progress_.clear();
        std::cout << comparison_table(results_, classification_);
    }

  private:
    TestOptions::Parts open(Index split) const {
        TestOptions test = arguments_.test;
        test.split += split - 1;
        return test.open(arguments_.data,
                         Seed{arguments_.run.seed + static_cast<std::uint64_t>(split - 1)});
    }

    void run_split(Index split) {
        const TestOptions::Parts parts = open(split);
        const Schema& schema = parts.training->schema();
        classification_ = arguments_.data.classification || schema.class_column;
        const std::vector<FitOptions> all = checked_methods(*parts.training);
        Comparison comparison(*parts.training, *parts.test,
                              settings(arguments_, *parts.training, classification_), execution_);
        for (FitOptions options : all) {
            const auto map =
                make_feature_map(options.feature_map, parts.training->schema().input_count());
            for (Index run = 1; run <= (map->depends_on_seed() ? arguments_.seeds : 1); ++run) {
                options.feature_map.seed = map_seed(split, run);
                announce(split, run,
                         map_text(options.feature_map) + ", " + std::to_string(map->features()) +
                             " features");
                keep(comparison.feature_map(options), split);
            }
        }
        if (!arguments_.exact) return;
        announce(split, 0,
                 "exact kernel, " + std::to_string(comparison.training_rows()) + " training rows");
        for (ComparisonResult& result : comparison.exact(all.front()))
            keep(std::move(result), split);
    }

    std::vector<FitOptions> checked_methods(const RowReader& rows) const {
        const Schema& schema = rows.schema();
        const auto targets = static_cast<Index>(schema.targets.size());
        if (targets == 0)
            throw InvalidArgument("target: compare needs a target column; name one with --target");
        std::vector<FitOptions> all = methods(arguments_, rows);
        for (const FitOptions& options : all)
            check_fit_memory(options, schema.input_count(), targets, execution_);
        return all;
    }

    // No two runs share one, so that they are independent.
    Seed map_seed(Index split, Index run) const {
        return Seed{arguments_.run.seed +
                    static_cast<std::uint64_t>((split - 1) * arguments_.seeds + run - 1)};
    }

    // Run 0 is the only one.
    void announce(Index split, Index run, const std::string& what) {
        progress_.clear();
        if (arguments_.splits > 1) std::cerr << "split " << split << ", ";
        std::cerr << what;
        if (arguments_.seeds > 1 && run > 0) std::cerr << ", run " << run;
        std::cerr << "\n";
    }

    void keep(ComparisonResult result, Index split) {
        result.split = arguments_.test.split + split - 1;
        results_.push_back(std::move(result));
        progress_.clear();
        std::cerr << result_line(results_.back()) << "\n";
        write_json(arguments_.json, comparison_json(results_));
        write_text(arguments_.csv, runs_csv(results_));
        write_text(arguments_.summary_csv, summary_csv(results_));
        if (!arguments_.plot.empty())
            write_text(arguments_.plot, comparison_plot(summarise(results_)));
    }

    CompareArguments arguments_;
    TerminalProgress progress_;
    Execution execution_;
    bool classification_ = false;
    std::vector<ComparisonResult> results_;
};

void run_protocol(const CompareArguments& arguments) {
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    const auto rows = open_rows(arguments.data.source());
    std::vector<ProtocolResult> results;
    for (const FitOptions& options : methods(arguments, *rows)) {
        progress.clear();
        std::cerr << map_text(options.feature_map) << ", "
                  << make_feature_map(options.feature_map, rows->schema().input_count())->features()
                  << " features\n";
        results.push_back(
            run_ntk_sketch_protocol(*rows, options.feature_map, options.batch_rows, execution));
        progress.clear();
        std::cerr << "  " << protocol_line(results.back()) << "\n";
        write_json(arguments.json, protocol_json(results));
        write_text(arguments.csv, protocol_csv(results));
    }
    std::cout << protocol_table(results);
}

void run_compare(CompareArguments arguments) {
    for (const std::string& path :
         {arguments.json, arguments.csv, arguments.summary_csv, arguments.plot})
        check_writable(path);
    if (!(std::isfinite(arguments.spectral_lambda) && arguments.spectral_lambda > 0))
        throw InvalidArgument("spectral lambda: expected a finite number above 0, got " +
                              significant(arguments.spectral_lambda));
    const ExactSolver solver = parse_exact_solver(arguments.exact_solver);
    if (arguments.exact_leave_one_out && solver == ExactSolver::conjugate_gradients)
        throw InvalidArgument(
            "exact leave-one-out: needs the inverse's diagonal, which a Cholesky factor gives and "
            "conjugate gradients (--exact-solver cg) do not; take auto, cholesky or cholesky64");
    if (arguments.exact && !serves_rows(arguments.kernel.parsed_network()))
        throw InvalidArgument(
            "exact: serves fully connected networks; the exact kernel of images is written by "
            "'sketchntk kernel'");
    if (!arguments.test.data.empty() && arguments.splits > 1)
        throw InvalidArgument("splits: --test-data is one split, got --splits " +
                              std::to_string(arguments.splits));
    // All splits are there before the first is fitted.
    if (!arguments.test.mask.empty())
        static_cast<void>(
            RowSplit::mask_file(arguments.test.mask, arguments.test.split + arguments.splits - 1));
    if (!arguments.protocol.empty()) {
        run_protocol(arguments);
        return;
    }
    if (!arguments.test.any()) arguments.test.fraction = 0.2;
    CompareRun(std::move(arguments)).run();
}

void add_methods(CLI::App& command, CompareArguments& arguments) {
    command
        .add_option("--maps", arguments.maps,
                    "Feature maps, with their options in brackets: " + joined(feature_map_names()))
        ->capture_default_str();
    arguments.map.add_to(command, false);
    command.add_option("--features", arguments.features, "Numbers of features")->delimiter(',');
    command.add_flag("--exact", arguments.exact,
                     "Kernel ridge regression with the exact kernel on all training rows as well");
}

void add_exact(CLI::App& command, CompareArguments& arguments) {
    CLI::Option* exact = command.get_option("--exact");
    command
        .add_option("--exact-solver", arguments.exact_solver,
                    "auto (by memory and operations), cholesky, cholesky64 (in float64) or cg "
                    "(conjugate gradients)")
        ->needs(exact)
        ->capture_default_str();
    command
        .add_option("--exact-tolerance", arguments.exact_tolerance,
                    "Relative residual to which the exact kernel's system is solved")
        ->needs(exact)
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option("--exact-lambdas", arguments.exact_lambdas,
                    "Fit the exact kernel with each of these, a line each, instead of one that is "
                    "chosen; cg solves them side by side")
        ->needs(exact)
        ->delimiter(',')
        ->check(CLI::PositiveNumber);
    command
        .add_flag("--exact-leave-one-out", arguments.exact_leave_one_out,
                  "Leave-one-out error and generalised cross-validation of the exact kernel on all "
                  "training rows, from its Cholesky factor: about as much work again")
        ->needs(exact);
}

void add_measures(CLI::App& command, CompareArguments& arguments) {
    command
        .add_option("--seeds", arguments.seeds,
                    "Runs of every random map, with consecutive seeds, on each split")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option("--splits", arguments.splits,
                    "Splits: consecutive columns of the mask file, or fractions drawn by "
                    "consecutive seeds")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option("--sample-rows", arguments.sample_rows,
                    "Training rows on which the kernel error is measured (1000; of networks on "
                    "images 200)")
        ->check(CLI::PositiveNumber);
    command
        .add_option("--spectral-lambda", arguments.spectral_lambda,
                    "Penalty at which the spectral error is measured, in the units of --lambda")
        ->capture_default_str();
}

void add_outputs(CLI::App& command, CompareArguments& arguments) {
    command.add_option("--json", arguments.json, "Write runs and their summary as JSON");
    command.add_option("--csv", arguments.csv, "Write a line for each run");
    command.add_option("--summary-csv", arguments.summary_csv,
                       "Write a line for each method: means and standard errors");
    command.add_option("--plot", arguments.plot,
                       "Write curves of test RMSE and kernel error over features (SVG)");
}

// A protocol says itself how rows are split, lambda is chosen and what is measured.
void add_protocol(CLI::App& command, CompareArguments& arguments) {
    CLI::Option* protocol =
        command
            .add_option("--protocol", arguments.protocol,
                        "ntk-sketch-rf: four contiguous folds, lambda grid and mean squared error "
                        "of that public code (docs/comparison.md)")
            ->check(CLI::IsMember({"ntk-sketch-rf"}));
    for (const char* name :
         {"--exact", "--seeds", "--splits", "--sample-rows", "--spectral-lambda",
          "--classification", "--summary-csv", "--plot", "--test-fraction", "--test-data",
          "--test-mask", "--lambda", "--validation-fraction", "--no-standardise"})
        protocol->excludes(command.get_option(name));
}

}  // namespace

void add_compare_command(CLI::App& program) {
    auto arguments = std::make_shared<CompareArguments>();
    CLI::App* command = program.add_subcommand(
        "compare", "Fit and test several feature maps, and the exact kernel, on the same rows");
    arguments->data.add_to(*command);
    arguments->data.add_target_to(*command);
    arguments->data.add_classification_to(*command);
    arguments->kernel.add_to(*command);
    add_methods(*command, *arguments);
    add_exact(*command, *arguments);
    add_measures(*command, *arguments);
    arguments->fitting.add_to(*command);
    arguments->test.add_to(*command);
    arguments->run.add_to(*command);
    add_outputs(*command, *arguments);
    add_protocol(*command, *arguments);
    command->footer(
        "Without test options a fifth of the rows is held out. Files are written anew after each\n"
        "run, so that what has finished is kept. Standard errors (+-) are over splits, or over\n"
        "seeds where there is one split. Kernel errors compare Z Z^T with the exact kernel K on a\n"
        "sample of training rows: Frobenius norm, trace (nuclear norm over tr K) and spectral, "
        "the\n"
        "extreme eigenvalues of (K + p I)^-1/2 (Z Z^T + p I) (K + p I)^-1/2; '-' for maps of "
        "other\n"
        "kernels. See docs/comparison.md.\n"
        "Example:\n  sketchntk compare --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --maps linear,ntkrf --features 512,1024,2048,4096 --exact");
    command->callback([arguments] { run_compare(*arguments); });
}

}  // namespace sketchntk::tools
