#include "choice_report.hpp"
#include "command.hpp"
#include "command_json.hpp"
#include "data_options.hpp"
#include "map_options.hpp"
#include "rows_in_memory.hpp"
#include "table.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/model/map_batch.hpp>

#include <iostream>
#include <memory>
#include <optional>

namespace sketchntk::tools {

namespace {

struct FeaturesArguments {
    DataOptions data;
    KernelOptions kernel;
    RunOptions run;
    MapOptions map;
    Index features = 1024;
    Index batch_rows = 4096;
    bool standardise = false;
    std::string out;
    std::string json;
};

void check_memory(const FeatureMap& map, const FeaturesArguments& arguments, const RowReader& rows,
                  const Execution& execution) {
    const int threads = thread_count(execution);
    const std::optional<Index> entries = rows.sparse_row_entries();
    const bool stay_sparse = entries && !arguments.standardise;
    const std::int64_t of_map =
        stay_sparse ? map.sparse_bytes(threads, *entries) : map.bytes(threads);
    const std::int64_t of_row = stay_sparse ? 28 * *entries : 12 * map.inputs();
    const std::int64_t needed = of_map + arguments.batch_rows * (4 * map.features() + of_row);
    if (needed > available_memory_bytes())
        throw ResourceError("features: " + std::to_string(map.features()) + " need " +
                            std::to_string(needed >> 20) + " MiB of memory and " +
                            std::to_string(available_memory_bytes() >> 20) + " are available");
}

void run_features(const FeaturesArguments& arguments) {
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    FeatureMapConfiguration configuration = arguments.map.configuration(
        arguments.kernel, arguments.map.map, arguments.features, arguments.run.seed);
    check_writable(arguments.out);
    check_writable(arguments.json);
    const auto rows = open_rows(arguments.data.source());
    configuration.image = rows->image_pixels();
    const Standardiser standardiser = arguments.standardise
                                          ? learn_standardiser(*rows)
                                          : Standardiser::identity(rows->schema().input_names());
    // Before a map that learns takes its time.
    check_memory(*make_feature_map(configuration, standardiser.output_columns()), arguments, *rows,
                 execution);
    std::optional<MapChoice> choice;
    std::unique_ptr<FeatureMap> map;
    {
        const RowSample sample =
            sample_rows(*rows, wanted_sample_rows(configuration), configuration.seed);
        if (is_automatic(configuration)) {
            choice = choose_feature_map(configuration, standardiser, sample, execution);
            configuration = choice->configuration;
        }
        map = map_of_sample(configuration, standardiser, sample, execution);
    }
    const Index count = count_rows(*rows);
    NpyWriter writer(arguments.out, count, map->features(), NpyScalar::float32);
    Index done = 0;
    double seconds = 0;
    Matrix<float> features;
    for (Batch batch; rows->read(arguments.batch_rows, batch);) {
        const Stopwatch stopwatch;
        map_batch(standardiser, *map, batch, features, execution);
        seconds += stopwatch.seconds();
        writer.append(features.view());
        done += batch.rows();
        execution.report({"features", done, count, "rows"});
    }
    writer.commit();
    progress.clear();
    Json json{{"map", map_text(configuration)},
              {"rows", count},
              {"features", map->features()},
              {"feature_seconds", seconds}};
    if (choice) json["map_choice"] = choice_json(*choice);
    write_json(arguments.json, json);
    if (choice) std::cout << choice_text(*choice) << "\n";
    std::cout << arguments.out << ": " << count << " x " << map->features()
              << " float32, mapped in " << fixed(seconds, 2) << " s\n";
}

}  // namespace

void add_features_command(CLI::App& program) {
    auto arguments = std::make_shared<FeaturesArguments>();
    CLI::App* command =
        program.add_subcommand("features", "Write the features of the rows of a data file");
    arguments->data.add_to(*command);
    arguments->data.add_target_to(*command);
    arguments->kernel.add_to(*command);
    arguments->map.add_to(*command);
    command->add_option("--features", arguments->features, "Columns of the result")
        ->capture_default_str();
    command->add_flag("--standardise", arguments->standardise,
                      "Standardise the columns, or the channels of images, first");
    command->add_option("--batch-rows", arguments->batch_rows, "Rows mapped at once")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--out", arguments->out, "Array file (.npy) to write, rows x features")
        ->required();
    command->add_option("--json", arguments->json, "Write the report as JSON");
    arguments->run.add_to(*command);
    command->footer(
        "Rows are taken as they are, and Z Z^T approximates the matrix that kernel writes. Name "
        "the\n"
        "target so that it does not count as an input.\n"
        "Example:\n  sketchntk features --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --features 2048 --standardise --out features.npy");
    command->callback([arguments] { run_features(*arguments); });
}

}  // namespace sketchntk::tools
