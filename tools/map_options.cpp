#include "map_options.hpp"

#include "interrupt.hpp"
#include "table.hpp"

#include <sketchntk/core/error.hpp>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sketchntk::tools {

void RunOptions::add_to(CLI::App& command, bool with_seed) {
    if (with_seed)
        command.add_option("--seed", seed, "Where all random numbers come from")
            ->capture_default_str();
    command.add_option("--threads", threads, "Worker threads; 0 takes all")->capture_default_str();
}

Execution RunOptions::execution(ProgressObserver* observer) const {
    const Execution execution{.threads = threads, .observer = observer, .stop = &interrupt_flag()};
    static_cast<void>(thread_count(execution));
    return execution;
}

std::string text_or_content(const std::string& argument) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(argument, ignored)) return argument;
    std::ifstream file(argument);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) throw IoError(argument + ": cannot be read");
    return text;
}

void KernelOptions::add_to(CLI::App& command) {
    command
        .add_option("--network", network,
                    "Network, e.g. 'fc(depth=3, b_std=0.1)' or 'fc(depth=2, activation=erf)', or a "
                    "JSON file of its layers")
        ->capture_default_str();
    command.add_option("--kind", kind, "Kernel: ntk or nngp")->capture_default_str();
}

Network KernelOptions::parsed_network() const {
    return parse_network(text_or_content(network));
}

void MapOptions::add_to(CLI::App& command, bool with_map) {
    if (with_map)
        command
            .add_option("--map", map,
                        "Feature map, with its options in brackets: " + joined(feature_map_names()))
            ->capture_default_str();
    command.add_option("--normalise", normalise, "rows: scale each row to length sqrt(columns)")
        ->check(CLI::IsMember({"none", "rows"}))
        ->capture_default_str();
    command.add_option("--blocks", blocks, "layers: keep the features of each layer's part apart")
        ->check(CLI::IsMember({"none", "layers"}))
        ->capture_default_str();
}

FeatureMapConfiguration MapOptions::configuration(const KernelOptions& kernel,
                                                  const std::string& map_text, Index features,
                                                  std::uint64_t seed) const {
    check_features(features);
    FeatureMapConfiguration configuration{.network = kernel.parsed_network(),
                                          .kind = kernel.parsed_kind(),
                                          .features = features,
                                          .seed = Seed{seed}};
    set_map(configuration, map_text);
    configuration.normalise_rows = normalise == "rows";
    configuration.layer_blocks = blocks == "layers";
    return configuration;
}

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts(1);
    int depth = 0;
    for (const char c : text) {
        depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        if (c == ',' && depth == 0)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

void FittingOptions::add_to(CLI::App& command) {
    command
        .add_option(
            "--lambda", lambda,
            "Ridge penalty in units of the mean kernel diagonal: a number; gcv (generalised "
            "cross-validation); loo (leave-one-out); validation; auto (gcv, for nystrom "
            "leave-one-out on rows that are no landmarks)")
        ->capture_default_str();
    command
        .add_option("--validation-fraction", validation_fraction,
                    "Training rows held out by --lambda validation")
        ->capture_default_str();
    command.add_option("--batch-rows", batch_rows, "Rows mapped at once; the result is the same")
        ->capture_default_str();
    command.add_flag("--no-standardise", keep_columns,
                     "Keep columns, or the channels of images, as they are");
}

FitOptions FittingOptions::fit_options(FeatureMapConfiguration configuration) const {
    FitOptions options;
    options.feature_map = std::move(configuration);
    options.standardise = !keep_columns;
    options.validation_fraction = validation_fraction;
    options.batch_rows = batch_rows;
    if (lambda == "auto") return options;
    if (lambda == "gcv") {
        options.rule = LambdaRule::generalised_cross_validation;
    } else if (lambda == "loo") {
        options.rule = LambdaRule::leave_one_out;
    } else if (lambda == "validation") {
        options.rule = LambdaRule::validation;
    } else {
        options.rule = LambdaRule::given;
        const char* end = lambda.data() + lambda.size();
        const auto [stop, error] = std::from_chars(lambda.data(), end, options.lambda);
        if (error != std::errc{} || stop != end)
            throw InvalidArgument("lambda: expected auto, gcv, loo, validation or a number, got '" +
                                  lambda + "'");
    }
    return options;
}

void check_features(Index features) {
    if (features < 1)
        throw InvalidArgument("features: expected at least 1, got " + std::to_string(features));
}

}  // namespace sketchntk::tools
