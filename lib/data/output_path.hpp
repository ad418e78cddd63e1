#pragma once

#include <string>

namespace sketchntk {

/// The file that an output path names once symbolic links are followed, whether it exists or not.
/// @throws IoError for an empty path, one that names a directory, and an existing file that cannot
///   be written or is something else than a regular file.
[[nodiscard]] std::string replaceable_file(const std::string& path);

/// Makes a renaming in the directory of `path` survive a power failure, where the file system can.
void synchronise_directory_of(const std::string& path);

}  // namespace sketchntk
