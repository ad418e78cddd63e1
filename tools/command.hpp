#pragma once

#include <CLI/CLI.hpp>

namespace sketchntk::tools {

// Each adds its subcommand to the program; its callback runs it and throws sketchntk::Error.
void add_fit_command(CLI::App& program);
void add_predict_command(CLI::App& program);
void add_features_command(CLI::App& program);
void add_kernel_command(CLI::App& program);
void add_compare_command(CLI::App& program);
void add_protocol_command(CLI::App& program);
void add_plan_command(CLI::App& program);
void add_info_command(CLI::App& program);
void add_sketch_command(CLI::App& program);

}  // namespace sketchntk::tools
