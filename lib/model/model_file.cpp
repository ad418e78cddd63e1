#include <sketchntk/core/error.hpp>
#include <sketchntk/core/version.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/model/model.hpp>

#include <nlohmann/json.hpp>

#include <limits>

namespace sketchntk {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kind = "model";
// 2: what the feature map learnt, its options; 1 has neither.
constexpr std::uint32_t newest_version = 2;

Matrix<double> as_row(const std::vector<double>& values) {
    Matrix<double> row(1, static_cast<Index>(values.size()));
    std::copy(values.begin(), values.end(), row.data());
    return row;
}

std::vector<double> as_vector(const Matrix<double>& row) {
    return {row.data(), row.data() + row.rows() * row.columns()};
}

Json schema_json(const Schema& schema) {
    Json inputs = Json::array();
    for (const InputColumn& column : schema.inputs)
        inputs.push_back({{"name", column.name}, {"categories", column.categories}});
    return {{"inputs", inputs}, {"targets", schema.targets}, {"named", schema.named}};
}

Schema schema_from(const nlohmann::json& json) {
    Schema schema;
    for (const nlohmann::json& column : json.at("inputs"))
        schema.inputs.push_back({column.at("name").get<std::string>(),
                                 column.at("categories").get<std::vector<std::string>>()});
    schema.targets = json.at("targets").get<std::vector<std::string>>();
    schema.named = json.at("named").get<bool>();
    return schema;
}

std::string header(const ModelParts& parts) {
    const Json json{
        {"library", version()},
        {"schema", schema_json(parts.schema)},
        {"kept_columns", parts.standardiser.kept_columns()},
        {"feature_map", Json::parse(to_json(parts.feature_map))},
        {"learnt", parts.learnt.size()},
        {"convention",
         "neural-tangents NTK parameterisation; lambda in units of the mean kernel diagonal"},
        {"lambda", parts.solution.lambda},
        {"degrees_of_freedom", parts.solution.degrees_of_freedom},
        {"condition_number", parts.solution.condition_number},
        {"training_rows", parts.training_rows}};
    try {
        return json.dump();
    } catch (const Json::exception& error) {
        throw InvalidArgument(std::string("model: a column name or category cannot be saved: ") +
                              error.what());
    }
}

// JSON has no infinity and writes null for it.
double number_or_infinity(const nlohmann::json& json) {
    return json.is_null() ? std::numeric_limits<double>::infinity() : json.get<double>();
}

std::string learnt_name(std::size_t part) {
    return "learnt " + std::to_string(part + 1);
}

LearntRows learnt_from(const Container& container, std::size_t count) {
    LearntRows learnt;
    for (std::size_t part = 0; part < count; ++part)
        learnt.push_back(container.float32_array(learnt_name(part)));
    return learnt;
}

ModelParts parts_from(const Container& container) {
    const nlohmann::json json = nlohmann::json::parse(container.header);
    Schema schema = schema_from(json.at("schema"));
    Standardiser standardiser = Standardiser::from_values(
        schema.input_names(), json.at("kept_columns").get<std::vector<Index>>(),
        as_vector(container.float64_array("means")), as_vector(container.float64_array("scales")));
    return {.schema = std::move(schema),
            .standardiser = std::move(standardiser),
            .feature_map = feature_map_from_json(json.at("feature_map").dump()),
            .learnt = learnt_from(container, json.value("learnt", std::size_t{0})),
            .solution = {.coefficients = container.float64_array("coefficients"),
                         .intercept = as_vector(container.float64_array("intercept")),
                         .lambda = json.at("lambda").get<double>(),
                         .degrees_of_freedom = json.at("degrees_of_freedom").get<double>(),
                         .condition_number = number_or_infinity(json.at("condition_number"))},
            .training_rows = json.at("training_rows").get<Index>()};
}

}  // namespace

void Model::save(const std::string& path) const {
    Container container{.kind = kind,
                        .version = newest_version,
                        .header = header(parts_),
                        .arrays = {{"means", as_row(parts_.standardiser.means())},
                                   {"scales", as_row(parts_.standardiser.scales())},
                                   {"coefficients", parts_.solution.coefficients},
                                   {"intercept", as_row(parts_.solution.intercept)}}};
    for (std::size_t part = 0; part < parts_.learnt.size(); ++part)
        container.arrays.push_back({learnt_name(part), parts_.learnt[part]});
    write_container(path, container);
}

Model Model::load(const std::string& path) {
    const Container container = read_container(path, kind, newest_version);
    try {
        return Model(parts_from(container));
    } catch (const nlohmann::json::exception& error) {
        throw FormatError(path + ": the model's description is damaged: " + error.what());
    } catch (const Error& error) {
        throw FormatError(path + ": " + error.what());
    }
}

}  // namespace sketchntk
