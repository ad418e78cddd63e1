#include "choice_report.hpp"
#include "command.hpp"
#include "command_json.hpp"
#include "evaluation.hpp"
#include "fit_command.hpp"
#include "table.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

namespace sketchntk::tools {

namespace {

constexpr Index most_features_within_seconds = 8192;

void warn(const FitReport& report, const FitOptions& options) {
    if (!report.constant_columns.empty())
        std::cerr << "dropped, being constant in the training rows: "
                  << joined(report.constant_columns) << "\n";
    if (!report.constant_targets.empty())
        std::cerr << "warning: constant in the training rows: target "
                  << joined(report.constant_targets) << "\n";
    if (options.rule != LambdaRule::given && report.choice.at_end_of_grid)
        std::cerr << "warning: lambda " << significant(report.choice.lambda)
                  << " is at the end of the range that was searched\n";
}

double root_mean(const std::vector<double>& mean_squares) {
    double sum = 0;
    for (const double value : mean_squares) sum += value;
    return std::sqrt(sum / static_cast<double>(mean_squares.size()));
}

std::string missing_text(const FitReport& report) {
    if (report.missing_share == 0) return "";
    return "                    the features lack " + significant(report.missing_share) +
           " of the kernel's diagonal\n";
}

std::string rule_text(LambdaRule rule, const FitReport& report) {
    if (report.lambda_rows == 0) return to_text(rule);
    return "leave-one-out error of " + std::to_string(report.lambda_rows) +
           " rows that are no landmarks";
}

void print_fit(const FitResult& result, const FitOptions& options, Index skipped) {
    const FitReport& report = result.report;
    const RidgeSolution& solution = result.model.solution();
    if (report.map_choice) std::cout << choice_text(*report.map_choice) << "\n";
    if (skipped > 0) std::cout << "skipped images      " << skipped << "\n";
    std::cout << "rows                " << report.rows << "\n"
              << "inputs              " << result.model.extractor().standardiser().output_columns()
              << "\n"
              << "features            " << solution.coefficients.rows() << " ("
              << map_text(result.model.extractor().configuration()) << ", "
              << to_text(options.feature_map.network) << ", " << to_text(options.feature_map.kind)
              << ")\n"
              << "lambda              " << significant(solution.lambda)
              << " of the mean kernel diagonal (" << rule_text(options.rule, report) << ")\n"
              << missing_text(report) << "degrees of freedom  "
              << fixed(solution.degrees_of_freedom, 1) << "\n"
              << "condition number    " << significant(solution.condition_number) << "\n"
              << "seconds             " << fixed(report.total_seconds, 2) << " ("
              << (report.map_choice ? "choosing " + fixed(report.choosing_seconds, 2) + ", " : "")
              << (report.learning_seconds > 0
                      ? "learning " + fixed(report.learning_seconds, 2) + ", "
                      : "")
              << "features " << fixed(report.feature_seconds, 2) << ", Gram "
              << fixed(report.accumulate_seconds, 2) << ", solve " << fixed(report.solve_seconds, 2)
              << ")\n"
              << "training RMSE       "
              << significant(root_mean(report.training_mean_squared_errors)) << "\n";
}

void print_test(const Evaluation& test, const Schema& schema) {
    const RegressionError& error = test.error;
    std::cout << "test rows           " << error.rows() << "\n";
    if (test.confusion) {
        std::cout << "test accuracy       " << fixed(test.confusion->accuracy(), 4) << "\n"
                  << confusion_text(*test.confusion, schema);
        return;
    }
    std::cout << "test RMSE           " << significant(error.root_mean_square()) << "\n"
              << "test R^2            " << fixed(error.r_squared(), 4) << "\n";
    if (error.target_count() < 2) return;
    for (Index t = 0; t < error.target_count(); ++t)
        std::cout << "  " << schema.targets[static_cast<std::size_t>(t)] << ": RMSE "
                  << significant(error.root_mean_square(t)) << ", R^2 "
                  << fixed(error.r_squared(t), 4) << "\n";
}

// A target that is constant in the training rows alone is warned of; with one value altogether
// there is nothing to predict.
void refuse_constant_targets(const FitResult& result, const Schema& schema,
                             const std::optional<Evaluation>& test) {
    const auto& constant = result.report.constant_targets;
    // Of classes some may be missing in the rows that are read.
    if (schema.class_column && constant.size() < schema.targets.size()) return;
    for (std::size_t t = 0; t < schema.targets.size(); ++t) {
        const std::string& name = schema.targets[t];
        if (std::find(constant.begin(), constant.end(), name) == constant.end()) continue;
        const auto target = static_cast<Index>(t);
        // The model predicts the value of the training rows, to rounding.
        const double rounding = std::sqrt(std::numeric_limits<double>::epsilon()) *
                                std::abs(result.model.solution().intercept[t]);
        if (!test || test->error.root_mean_square(target) <= rounding)
            throw InvalidArgument("target '" + name + "' has the same value in all rows");
    }
}

void run_fit(const FitArguments& arguments) {
    FitOptions options = arguments.fit_options();
    check_writable(arguments.model);
    check_writable(arguments.json);
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    const TestOptions::Parts parts = arguments.test.open(arguments.data, options.feature_map.seed);
    options.feature_map.image = parts.training->image_pixels();
    const Schema& schema = parts.training->schema();
    if (schema.targets.empty())
        throw InvalidArgument(
            parts.training->image_shape().empty()
                ? "target: fit needs a target column; name one with --target"
                : "target: the images of " + arguments.data.path +
                      " have no labels; expected a sub-folder for each class, or an idx file of "
                      "labels beside them or by --target");
    if (!options.seconds)
        check_fit_memory(options, InputShape(*parts.training),
                         static_cast<Index>(schema.targets.size()), execution);
    const FitResult result = fit(*parts.training, options, execution);
    std::optional<Evaluation> test;
    if (parts.test) test = evaluate(result.model, *parts.test, options.batch_rows, execution);
    progress.clear();
    refuse_constant_targets(result, schema, test);
    warn(result.report, options);
    if (!arguments.model.empty()) result.model.save(arguments.model);
    Json json = fit_json(result);
    if (test) json["test"] = evaluation_json(*test);
    if (arguments.data.skip_bad) json["skipped_images"] = arguments.data.skipped();
    json["peak_bytes"] = peak_resident_bytes();
    write_json(arguments.json, json);
    print_fit(result, options, arguments.data.skipped());
    if (test) print_test(*test, schema);
    if (!arguments.model.empty()) std::cout << "model               " << arguments.model << "\n";
}

}  // namespace

void FitArguments::add_to(CLI::App& command) {
    data.add_to(command);
    data.add_target_to(command);
    data.add_classification_to(command);
    kernel.add_to(command);
    map.add_to(command);
    CLI::Option* number =
        command.add_option("--features", features, "Features, the columns of the map's result")
            ->capture_default_str();
    command
        .add_option("--seconds", seconds,
                    "Instead: as many features, up to 8192, as the fit has time for")
        ->excludes(number);
    fitting.add_to(command);
    test.add_to(command);
    run.add_to(command);
    command.add_option("--model", model, "Model file to write");
    command.add_option("--json", json, "Write the report as JSON");
}

FitOptions FitArguments::fit_options() const {
    if (seconds && !(std::isfinite(*seconds) && *seconds > 0))
        throw InvalidArgument("seconds: expected a finite number above 0, got " +
                              significant(*seconds));
    FitOptions options = fitting.fit_options(map.configuration(
        kernel, map.map, seconds ? most_features_within_seconds : features, run.seed));
    options.seconds = seconds;
    return options;
}

void add_fit_command(CLI::App& program) {
    auto arguments = std::make_shared<FitArguments>();
    CLI::App* command = program.add_subcommand("fit", "Fit a model to a data file");
    arguments->add_to(*command);
    command->footer(
        "Example:\n  sketchntk fit --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --features 1024 --test-mask data/protein/test_mask.csv.gz --model "
        "protein.model");
    command->callback([arguments] { run_fit(*arguments); });
}

}  // namespace sketchntk::tools
