#pragma once

#include "temporary_path.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace sketchntk_test {

/// The report that the program wrote with --json. @throws if it is not JSON.
inline nlohmann::json report_in(const std::string& path) {
    return nlohmann::json::parse(content_of(path));
}

}  // namespace sketchntk_test
