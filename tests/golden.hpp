#pragma once

#include "catch2.hpp"

#include <filesystem>
#include <string>

/// A file of the golden reference values, which live beside the repository (see CONTRIBUTING.md).
inline std::string golden_path(const std::string& name) {
    return std::string(SKETCHNTK_SOURCE_DIRECTORY "/../shared/golden/") + name;
}

/// False, with a warning in the test's output, where the reference values are not on this machine.
inline bool golden_available(const std::string& folder) {
    if (std::filesystem::exists(golden_path(folder))) return true;
    WARN("skipped: no reference values at " << golden_path(folder));
    return false;
}
