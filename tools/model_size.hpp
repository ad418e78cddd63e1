#pragma once

#include <sketchntk/model/model.hpp>

#include <cstdint>

namespace sketchntk::tools {

/// The bytes of the file that `Model::save` writes, found out by writing one among the system's
/// temporary files and removing it.
/// @throws IoError if it cannot be written.
[[nodiscard]] std::int64_t model_file_bytes(const Model& model);

}  // namespace sketchntk::tools
