#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/model/fit.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace sketchntk::tools {

/// --seed and --threads.
struct RunOptions {
    std::uint64_t seed = 0;
    int threads = 0;

    void add_to(CLI::App& command, bool with_seed = true);
    [[nodiscard]] Execution execution(ProgressObserver* observer) const;
};

/// The content of the file of that name if there is one, otherwise the argument itself.
/// @throws IoError if the file cannot be read.
[[nodiscard]] std::string text_or_content(const std::string& argument);

/// The network and which of its kernels.
struct KernelOptions {
    std::string network = "fc(depth=1)";
    std::string kind = "ntk";

    void add_to(CLI::App& command);
    /// Reads --network, which is a description or the name of a JSON file.
    [[nodiscard]] Network parsed_network() const;
    [[nodiscard]] KernelKind parsed_kind() const { return parse_kernel_kind(kind); }
};

/// Which feature map, and how rows come to it; shared by fit, plan, features and compare.
struct MapOptions {
    std::string map = "ntkrf";
    std::string normalise = "none";
    std::string blocks = "none";

    /// Adds all of them, or all but --map where a command takes several.
    void add_to(CLI::App& command, bool with_map = true);
    [[nodiscard]] FeatureMapConfiguration configuration(const KernelOptions& kernel,
                                                        const std::string& map_text, Index features,
                                                        std::uint64_t seed) const;
};

/// The parts of a list separated by commas, those within brackets not counting:
/// `linear,ntkrf(product=gates,directions=hadamard)`.
[[nodiscard]] std::vector<std::string> split_list(const std::string& text);

/// How lambda is chosen and what else `fit` takes; shared by fit, plan and compare.
struct FittingOptions {
    std::string lambda = "auto";
    double validation_fraction = 0.2;
    Index batch_rows = 4096;
    bool keep_columns = false;

    void add_to(CLI::App& command);
    [[nodiscard]] FitOptions fit_options(FeatureMapConfiguration configuration) const;
};

/// @throws InvalidArgument unless features is at least 1.
void check_features(Index features);

}  // namespace sketchntk::tools
