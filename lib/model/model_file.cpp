#include "model/extractor_file.hpp"

#include <sketchntk/model/model.hpp>

#include <limits>
#include <utility>

namespace sketchntk {

namespace {

constexpr const char* kind = "model";
// 2: what the feature map learnt, its options; numbered columns and rows that are kept as they are
// without a list. 1 has none of these.
constexpr std::uint32_t newest_version = 2;

std::string header(const Model& model) {
    nlohmann::ordered_json json = extractor_json(model.extractor());
    const RidgeSolution& solution = model.solution();
    json["convention"] =
        "neural-tangents NTK parameterisation; lambda in units of the mean kernel diagonal";
    json["lambda"] = solution.lambda;
    json["degrees_of_freedom"] = solution.degrees_of_freedom;
    json["condition_number"] = solution.condition_number;
    json["training_rows"] = model.training_rows();
    return header_text(json);
}

// JSON has no infinity and writes null for it.
double number_or_infinity(const nlohmann::json& json) {
    return json.is_null() ? std::numeric_limits<double>::infinity() : json.get<double>();
}

Container model_container(const Model& model) {
    Container container{.kind = kind,
                        .version = newest_version,
                        .header = header(model),
                        .arrays = {{"coefficients", model.solution().coefficients},
                                   {"intercept", as_row(model.solution().intercept)}}};
    append_arrays(model.extractor(), container);
    return container;
}

Model model_of(const std::string& name, const Container& container) {
    return made_from_file(name, [&] {
        const nlohmann::json json = nlohmann::json::parse(container.header);
        return Model(extractor_from(json, container),
                     {.coefficients = container.float64_array("coefficients"),
                      .intercept = as_vector(container.float64_array("intercept")),
                      .lambda = json.at("lambda").get<double>(),
                      .degrees_of_freedom = json.at("degrees_of_freedom").get<double>(),
                      .condition_number = number_or_infinity(json.at("condition_number"))},
                     json.at("training_rows").get<Index>());
    });
}

}  // namespace

void Model::save(const std::string& path) const {
    write_container(path, model_container(*this));
}

std::string Model::to_bytes() const {
    return container_bytes(model_container(*this));
}

Model Model::load(const std::string& path) {
    return model_of(path, read_container(path, kind, newest_version));
}

Model Model::from_bytes(std::span<const std::byte> bytes) {
    const std::string name = "model";
    return model_of(name, read_container(name, bytes, kind, newest_version));
}

}  // namespace sketchntk
