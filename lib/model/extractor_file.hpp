#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/model/feature_extractor.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace sketchntk {

/// A vector as the array of a container, and back.
[[nodiscard]] Matrix<double> as_row(const std::vector<double>& values);
[[nodiscard]] std::vector<double> as_vector(const Matrix<double>& row);

/// The part of a file's header that describes an extractor.
[[nodiscard]] nlohmann::ordered_json extractor_json(const FeatureExtractor& extractor);
/// Appends an extractor's arrays: means and scales, and what the map learnt.
void append_arrays(const FeatureExtractor& extractor, Container& container);
/// @throws FormatError and other errors, and what the JSON library throws, for damaged parts.
[[nodiscard]] FeatureExtractor extractor_from(const nlohmann::json& header,
                                              const Container& container);

/// @throws InvalidArgument for text that is not UTF-8: a column name or category.
[[nodiscard]] std::string header_text(const nlohmann::ordered_json& header);

/// Calls `make` and throws what goes wrong as a FormatError that names the file.
template <typename Make>
auto made_from_file(const std::string& name, const Make& make) {
    try {
        return make();
    } catch (const nlohmann::json::exception& error) {
        throw FormatError(name + ": the description is damaged: " + error.what());
    } catch (const Error& error) {
        throw FormatError(name + ": " + error.what());
    }
}

}  // namespace sketchntk
