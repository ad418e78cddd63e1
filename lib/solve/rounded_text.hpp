#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace sketchntk {

/// A number for an error message, four digits, whatever its size.
inline std::string rounded_text(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    return text.data();
}

}  // namespace sketchntk
