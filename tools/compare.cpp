#include "command.hpp"
#include "command_json.hpp"
#include "comparison.hpp"
#include "data_options.hpp"
#include "map_options.hpp"
#include "table.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/atomic_file.hpp>

#include <iostream>
#include <memory>

namespace sketchntk::tools {

namespace {

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
    Index sample_rows = 1000;
    std::string json;
    std::string csv;
};

// Every (map, features) pair; maps whose size is their own come once.
std::vector<FitOptions> methods(const CompareArguments& arguments, Index inputs) {
    std::vector<FitOptions> result;
    for (const std::string& text : split_list(arguments.maps)) {
        Index previous = 0;
        for (const Index features : arguments.features) {
            FitOptions options = arguments.fitting.fit_options(
                arguments.map.configuration(arguments.kernel, text, features, arguments.run.seed));
            const Index columns = make_feature_map(options.feature_map, inputs)->features();
            if (columns != previous) result.push_back(std::move(options));
            previous = columns;
        }
    }
    return result;
}

Json result_json(const ComparisonResult& result) {
    return {{"method", result.method},
            {"features", result.features},
            {"training_rows", result.training_rows},
            {"lambda", result.lambda},
            {"test_rmse", result.test_rmse},
            {"test_r2", result.test_r2},
            {"kernel_error", result.kernel_error},
            {"feature_seconds", result.feature_seconds},
            {"solve_seconds", result.solve_seconds},
            {"peak_bytes", result.peak_bytes}};
}

void write_csv(const std::string& path, const std::vector<ComparisonResult>& results) {
    if (path.empty()) return;
    AtomicFile file(path);
    bool first = true;
    for (const ComparisonResult& result : results) {
        const Json json = result_json(result);
        std::string names;
        std::string values;
        for (const auto& [name, value] : json.items()) {
            names += (names.empty() ? "" : ",") + name;
            values += (values.empty() ? "" : ",") +
                      (value.is_string() ? value.get<std::string>() : value.dump());
        }
        if (first) file.write(names + "\n");
        first = false;
        file.write(values + "\n");
    }
    file.commit();
}

void print_table(const std::vector<ComparisonResult>& results) {
    Table table({"method", "features", "test RMSE", "test R^2", "features s", "solve s", "fit s",
                 "kernel error", "lambda", "peak memory"});
    for (const ComparisonResult& r : results)
        table.add(
            {r.method, r.features > 0 ? std::to_string(r.features) : "-",
             significant(r.test_rmse).size() > 5 ? significant(r.test_rmse) : fixed(r.test_rmse, 4),
             fixed(r.test_r2, 4), r.features > 0 ? fixed(r.feature_seconds, 2) : "-",
             fixed(r.solve_seconds, 2), fixed(r.feature_seconds + r.solve_seconds, 2),
             r.features > 0 ? fixed(r.kernel_error, 4) : "0", significant(r.lambda),
             mebibytes(static_cast<double>(r.peak_bytes))});
    std::cout << table.text();
}

void run_compare(CompareArguments arguments) {
    check_writable(arguments.json);
    check_writable(arguments.csv);
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    if (!arguments.test.any()) arguments.test.fraction = 0.2;
    const TestOptions::Parts parts = arguments.test.open(arguments.data, Seed{arguments.run.seed});
    const Schema& schema = parts.training->schema();
    if (schema.targets.empty())
        throw InvalidArgument("target: compare needs a target column; name one with --target");
    const std::vector<FitOptions> all = methods(arguments, schema.input_count());
    for (const FitOptions& options : all)
        check_fit_memory(options, schema.input_count(), static_cast<Index>(schema.targets.size()),
                         execution);
    Comparison comparison(*parts.training, *parts.test,
                          {.network = arguments.kernel.parsed_network(),
                           .kind = arguments.kernel.parsed_kind(),
                           .sample_rows = arguments.sample_rows},
                          execution);
    std::vector<ComparisonResult> results;
    for (const FitOptions& options : all) {
        progress.clear();
        std::cerr << map_text(options.feature_map) << ", "
                  << make_feature_map(options.feature_map, schema.input_count())->features()
                  << " features\n";
        results.push_back(comparison.feature_map(options));
    }
    if (arguments.exact) {
        progress.clear();
        std::cerr << "exact kernel, " << results.front().training_rows << " training rows\n";
        results.push_back(comparison.exact(all.front()));
    }
    progress.clear();
    Json json = Json::array();
    for (const ComparisonResult& result : results) json.push_back(result_json(result));
    write_json(arguments.json, json);
    write_csv(arguments.csv, results);
    print_table(results);
}

}  // namespace

void add_compare_command(CLI::App& program) {
    auto arguments = std::make_shared<CompareArguments>();
    CLI::App* command = program.add_subcommand(
        "compare", "Fit and test several feature maps, and the exact kernel, on the same rows");
    arguments->data.add_to(*command);
    arguments->data.add_target_to(*command);
    arguments->kernel.add_to(*command);
    command
        ->add_option("--maps", arguments->maps,
                     "Feature maps, with their options in brackets: " + joined(feature_map_names()))
        ->capture_default_str();
    arguments->map.add_to(*command, false);
    command->add_option("--features", arguments->features, "Numbers of features")->delimiter(',');
    command->add_flag("--exact", arguments->exact,
                      "Kernel ridge regression with the exact kernel on all training rows as well");
    command
        ->add_option("--sample-rows", arguments->sample_rows,
                     "Training rows on which the kernel error is measured")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    arguments->fitting.add_to(*command);
    arguments->test.add_to(*command);
    arguments->run.add_to(*command);
    command->add_option("--json", arguments->json, "Write the results as JSON");
    command->add_option("--csv", arguments->csv, "Write the results as CSV");
    command->footer(
        "Without test options a fifth of the rows is held out.\n"
        "Example:\n  sketchntk compare --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --maps linear,ntkrf --features 512,1024,2048,4096 --exact");
    command->callback([arguments] { run_compare(*arguments); });
}

}  // namespace sketchntk::tools
