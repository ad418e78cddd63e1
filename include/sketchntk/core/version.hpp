#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sketchntk {

/// The library's version, "major.minor.patch".
[[nodiscard]] const char* version();

/// How this binary was made and what it found on this machine, as (name, value) pairs: compiler,
/// vector level in use, matrix product library and its kernel, Fourier library, threads.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> build_information();

}  // namespace sketchntk
