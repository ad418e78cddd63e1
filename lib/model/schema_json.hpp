#pragma once

#include <sketchntk/data/batch.hpp>

#include <nlohmann/json.hpp>

namespace sketchntk {

/// What the columns are, as files of models and extractors say it.
[[nodiscard]] nlohmann::ordered_json schema_json(const Schema& schema);
/// @throws FormatError, or what the JSON library throws, for another value.
[[nodiscard]] Schema schema_from(const nlohmann::json& json);

}  // namespace sketchntk
