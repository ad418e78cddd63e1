#pragma once

#include "evaluation.hpp"

#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/fit_plan.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace sketchntk::tools {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json fit_json(const FitResult& result);
/// Errors of each target and of all, of classes also the accuracy and the confusion table.
[[nodiscard]] Json evaluation_json(const Evaluation& evaluation);
[[nodiscard]] Json plan_json(const FitPlan& plan);

/// The name of a rule as it stands in reports.
[[nodiscard]] std::string to_text(LambdaRule rule);

/// Writes indented JSON, whole or not at all; nothing if `path` is empty.
void write_json(const std::string& path, const Json& json);

/// @throws IoError if a file could not be written there; asked before long work. Nothing if `path`
///   is empty.
void check_writable(const std::string& path);

}  // namespace sketchntk::tools
