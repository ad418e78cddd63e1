#include "choice_report.hpp"
#include "command.hpp"
#include "command_json.hpp"
#include "data_options.hpp"
#include "features_file.hpp"
#include "map_options.hpp"
#include "rows_in_memory.hpp"
#include "table.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/largest_count.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/model/feature_learner.hpp>
#include <sketchntk/model/map_batch.hpp>
#include <sketchntk/model/model.hpp>

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
    std::string learn_from;
    std::string learn_rows;
    std::string precision = "f32";
    std::string out;
    std::string targets_out;
    std::string json;
};

/// The rows that are mapped, and those that are learnt from where these are others.
struct OpenRows {
    std::unique_ptr<RowReader> rows;
    std::unique_ptr<RowReader> learning;

    explicit OpenRows(const FeaturesArguments& arguments) {
        const DataOptions& data = arguments.data;
        if (arguments.learn_from.empty()) {
            rows = open_rows(data.source());
            return;
        }
        learning = open_rows(data.source(arguments.learn_from, arguments.learn_rows));
        rows = open_rows(data.source(), learning->schema());
    }
};

std::int64_t needed_bytes(const FeatureMap& map, const FeaturesArguments& arguments,
                          const RowReader& rows, const Execution& execution) {
    const int threads = thread_count(execution);
    const std::optional<Index> entries = rows.sparse_row_entries();
    const bool stay_sparse = entries && !arguments.standardise;
    const std::int64_t of_map =
        stay_sparse ? map.sparse_bytes(threads, *entries) : map.bytes(threads);
    const std::int64_t of_row = stay_sparse ? 28 * *entries : 12 * map.inputs();
    const std::int64_t running = of_map + arguments.batch_rows * (4 * map.features() + of_row);
    return std::max(running, map.learning_bytes());
}

// Before a map that learns takes its time.
void check_memory(FeatureMapConfiguration configuration, Index inputs,
                  const FeaturesArguments& arguments, const RowReader& rows,
                  const Execution& execution) {
    const auto needed = [&](Index features) {
        configuration.features = features;
        return needed_bytes(*make_feature_map(configuration, inputs), arguments, rows, execution);
    };
    const std::int64_t available = available_memory_bytes();
    const Index wanted = configuration.features;
    const std::int64_t of_wanted = needed(wanted);
    if (of_wanted <= available) return;
    const Index largest = largest_count(wanted - 1, [&](Index features) {
        try {
            return needed(features) <= available;
        } catch (const InvalidArgument&) {
            return true;  // fewer than the map can do with
        }
    });
    throw ResourceError("features: " + std::to_string(wanted) + " need " +
                        mebibytes(static_cast<double>(of_wanted)) + " of memory and " +
                        mebibytes(static_cast<double>(available)) + " are available; at most " +
                        std::to_string(largest) +
                        " features would fit, or more with fewer --batch-rows");
}

void run_features(const FeaturesArguments& arguments) {
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    FeatureMapConfiguration configuration = arguments.map.configuration(
        arguments.kernel, arguments.map.map, arguments.features, arguments.run.seed);
    for (const std::string& path : {arguments.out, arguments.targets_out, arguments.json})
        check_writable(path);
    const OpenRows open(arguments);
    RowReader& rows = *open.rows;
    RowReader& learning = open.learning ? *open.learning : rows;
    if (!arguments.targets_out.empty() && rows.schema().targets.empty())
        throw InvalidArgument(arguments.data.path + ": no targets to write; name them by --target");
    expect_same_images(learning.image_pixels(), rows);
    configuration.image = rows.image_pixels();
    const Standardiser standardiser = arguments.standardise
                                          ? learn_standardiser(learning)
                                          : Standardiser::identity(rows.schema().input_names());
    check_memory(configuration, standardiser.output_columns(), arguments, rows, execution);
    std::optional<MapChoice> choice;
    std::unique_ptr<FeatureMap> map;
    {
        const RowSample sample =
            sample_rows(learning, wanted_sample_rows(configuration), configuration.seed);
        if (is_automatic(configuration)) {
            choice = choose_feature_map(configuration, standardiser, sample, execution);
            configuration = choice->configuration;
        }
        map = map_of_sample(configuration, standardiser, sample, execution).map;
    }
    const bool half = arguments.precision == "f16";
    const WrittenFeatures written = write_features(
        {rows, standardiser, configuration, *map, arguments.batch_rows}, arguments.out,
        half ? NpyScalar::float16 : NpyScalar::float32, arguments.targets_out, execution);
    progress.clear();
    Json json{{"map", map_text(configuration)},
              {"rows", written.rows},
              {"rows_of_earlier_runs", written.resumed},
              {"features", map->features()},
              {"feature_seconds", written.seconds}};
    if (arguments.data.skip_bad) json["skipped_images"] = arguments.data.skipped();
    if (choice) json["map_choice"] = choice_json(*choice);
    write_json(arguments.json, json);
    if (choice) std::cout << choice_text(*choice) << "\n";
    if (arguments.data.skipped() > 0)
        std::cout << "skipped " << arguments.data.skipped() << " images\n";
    if (written.resumed > 0)
        std::cout << "continued after " << written.resumed << " of " << written.rows << " rows\n";
    std::cout << arguments.out << ": " << written.rows << " x " << map->features()
              << (half ? " float16" : " float32") << ", mapped in " << fixed(written.seconds, 2)
              << " s\n";
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
    command->add_option("--learn-from", arguments->learn_from,
                        "Data file from which the columns' scales and the map are learnt, as the "
                        "features of test rows need; --data if left out");
    add_row_range(*command, "--learn-rows", arguments->learn_rows, "--learn-from");
    command->add_option("--precision", arguments->precision, "f32 or f16, half the space")
        ->check(CLI::IsMember({"f32", "f16"}))
        ->capture_default_str();
    command->add_option("--out", arguments->out, "Array file (.npy) to write, rows x features")
        ->required();
    command->add_option("--targets-out", arguments->targets_out,
                        "Array file (.npy) to write the targets to, or the numbers of the images' "
                        "classes");
    command->add_option("--json", arguments->json, "Write the report as JSON");
    arguments->run.add_to(*command);
    command->footer(
        "Rows are taken as they are, and Z Z^T approximates the matrix that kernel writes. Name "
        "the\n"
        "target so that it does not count as an input.\n"
        "What is done is kept in OUT.partial when the program is stopped or killed, and the same "
        "command\ngoes on there, with the same result. A linear model of the file is a model of "
        "the map:\nfit --map linear --data OUT --target TARGETS-OUT.\n"
        "Example:\n  sketchntk features --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --features 2048 --standardise --out features.npy");
    command->callback([arguments] { run_features(*arguments); });
}

}  // namespace sketchntk::tools
