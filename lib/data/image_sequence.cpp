#include "data/image_sequence.hpp"

#include <sketchntk/core/error.hpp>

namespace sketchntk {

std::string image_place(const std::string& path, Index image, Index count) {
    return path + ": image " + std::to_string(image) + " of " + std::to_string(count);
}

std::vector<std::string> numbered_classes(Index count) {
    std::vector<std::string> names;
    for (Index k = 0; k < count; ++k) names.push_back(std::to_string(k));
    return names;
}

void check_image_size(const std::vector<Index>& shape, const std::string& where) {
    constexpr Index most_values = Index{1} << 22;
    Index values = 1;
    std::string text;
    for (const Index length : shape) {
        const bool overflows = __builtin_mul_overflow(values, length, &values);
        if (overflows || values > most_values) values = most_values + 1;
        text += (text.empty() ? "" : " x ") + std::to_string(length);
    }
    if (values < 1 || values > most_values)
        throw FormatError(where + ": expected images of 1 to " + std::to_string(most_values) +
                          " values, got " + text);
}

}  // namespace sketchntk
