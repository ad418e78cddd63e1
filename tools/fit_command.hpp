#pragma once

#include "data_options.hpp"
#include "map_options.hpp"

#include <optional>

namespace sketchntk::tools {

/// What `fit` and `plan` take in common.
struct FitArguments {
    DataOptions data;
    TestOptions test;
    KernelOptions kernel;
    FittingOptions fitting;
    RunOptions run;
    MapOptions map;
    Index features = 1024;
    std::optional<double> seconds;
    std::string model;
    std::string json;

    void add_to(CLI::App& command);
    [[nodiscard]] FitOptions fit_options() const;
};

}  // namespace sketchntk::tools
