#include "kernels/layer_fields.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

void refuse_word(const std::string& where, std::string_view word,
                 const std::vector<std::string>& known) {
    throw InvalidArgument(where + ": unknown '" + std::string(word) + "', did you mean '" +
                          nearest_name(word, known) + "'?");
}

double checked_deviation(const std::string& where, const std::string& name, double value) {
    if (!std::isfinite(value) || value < 0)
        throw InvalidArgument(where + ": " + name + ": expected a finite number >= 0, got " +
                              std::to_string(value));
    return value;
}

Extent checked_extent(const std::string& where, const std::string& name,
                      const std::vector<double>& lengths) {
    constexpr std::size_t most_axes = 3;
    constexpr double longest = 1e6;
    if (lengths.empty() || lengths.size() > most_axes)
        throw InvalidArgument(where + ": " + name + ": expected 1 to " + std::to_string(most_axes) +
                              " lengths, got " + std::to_string(lengths.size()));
    Extent extent;
    for (const double length : lengths) {
        if (!(length >= 1 && length <= longest) || length != std::floor(length))
            throw InvalidArgument(where + ": " + name +
                                  ": expected whole numbers from 1 to 1000000, got " +
                                  std::to_string(length));
        extent.push_back(static_cast<Index>(length));
    }
    return collapsed(extent);
}

Padding padding_from(const std::string& where, const std::string& word) {
    std::vector<std::string> known;
    for (const auto& [padding, name] : padding_names) {
        if (name == word) return padding;
        known.emplace_back(name);
    }
    refuse_word(where + ": padding", word, known);
}

bool is_activation(std::string_view name) {
    const std::vector<std::string> names = activation_names();
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> layer_names() {
    std::vector<std::string> names = activation_names();
    for_each_layer_kind([&]<typename L>(const L&) { names.emplace_back(LayerName<L>::text); });
    return names;
}

}  // namespace sketchntk
