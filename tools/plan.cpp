#include "command.hpp"
#include "command_json.hpp"
#include "fit_command.hpp"
#include "table.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>

#include <iostream>
#include <memory>

namespace sketchntk::tools {

namespace {

void print_plan(const FitPlan& plan, double reading_seconds, std::int64_t available) {
    const auto memory = [](std::int64_t bytes) { return mebibytes(static_cast<double>(bytes)); };
    std::cout << "rows      " << plan.rows << "\n"
              << "inputs    " << plan.inputs << "\n"
              << "features  " << plan.features << "\n"
              << "memory    " << memory(plan.peak_bytes) << " at the peak, " << memory(available)
              << " available\n"
              << "            program " << memory(plan.process_bytes) << ", feature map "
              << memory(plan.map_bytes) << ", batch " << memory(plan.batch_bytes) << "\n"
              << "            Gram " << memory(plan.accumulator_bytes) << ", solve "
              << memory(plan.solve_bytes) << "\n"
              << "seconds   " << fixed(2 * reading_seconds + plan.seconds(), 1) << " (reading "
              << fixed(2 * reading_seconds, 1) << ", features " << fixed(plan.feature_seconds, 1)
              << ", Gram " << fixed(plan.accumulate_seconds, 1) << ", solve "
              << fixed(plan.solve_seconds, 1) << ")\n";
}

void run_plan(const FitArguments& arguments) {
    FitOptions options = arguments.fit_options();
    check_writable(arguments.json);
    const Execution execution = arguments.run.execution(nullptr);
    const TestOptions::Parts parts = arguments.test.open(arguments.data, options.feature_map.seed);
    options.feature_map.image = parts.training->image_pixels();
    const Schema& schema = parts.training->schema();
    const auto targets = static_cast<Index>(schema.targets.size());
    if (targets == 0)
        throw InvalidArgument("target: fit needs a target column; name one with --target");
    const InputShape inputs(*parts.training);
    const Stopwatch stopwatch;
    const Index rows = count_rows(*parts.training);
    const double reading_seconds = stopwatch.seconds();
    const std::int64_t process_bytes = resident_bytes();
    const MachineRates rates = measure_machine_rates(execution);
    const std::int64_t available = available_memory_bytes() + process_bytes;
    if (options.seconds)
        options.feature_map.features =
            features_within(options, rows, inputs, targets, rates,
                            *options.seconds - 2 * reading_seconds, available, execution);
    if (options.feature_map.features == 0)
        throw InvalidArgument("seconds: " + significant(*options.seconds) +
                              " are too few for reading and any number of features");
    FitPlan plan = plan_fit(options, rows, inputs, targets, rates, execution);
    // Measuring the rates leaves memory behind that a fit does not have.
    plan.peak_bytes += process_bytes - plan.process_bytes;
    plan.process_bytes = process_bytes;
    Json json = plan_json(plan);
    json["reading_seconds"] = 2 * reading_seconds;
    json["available_bytes"] = available;
    write_json(arguments.json, json);
    print_plan(plan, reading_seconds, available);
    if (plan.peak_bytes > available)
        std::cout << "does not fit: at most "
                  << largest_feature_count(options, inputs, targets, available, execution)
                  << " features would\n";
}

}  // namespace

void add_plan_command(CLI::App& program) {
    auto arguments = std::make_shared<FitArguments>();
    CLI::App* command = program.add_subcommand(
        "plan", "Say what fit with the same options would need in memory and time");
    arguments->add_to(*command);
    command->footer(
        "Example:\n  sketchntk plan --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' --features 8192");
    command->callback([arguments] { run_plan(*arguments); });
}

}  // namespace sketchntk::tools
