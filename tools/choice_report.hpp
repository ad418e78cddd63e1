#pragma once

#include "command_json.hpp"

#include <sketchntk/model/map_choice.hpp>

#include <string>

namespace sketchntk::tools {

/// What was chosen, and the evidence.
[[nodiscard]] Json choice_json(const MapChoice& choice);

/// The same as lines of text.
[[nodiscard]] std::string choice_text(const MapChoice& choice);

}  // namespace sketchntk::tools
