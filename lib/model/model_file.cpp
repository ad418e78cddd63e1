#include <sketchntk/core/error.hpp>
#include <sketchntk/core/version.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/model/model.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace sketchntk {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kind = "model";
// 2: what the feature map learnt, its options; numbered columns and rows that are kept as they are
// without a list. 1 has none of these.
constexpr std::uint32_t newest_version = 2;

// As many as a reader of svmlight files takes: a damaged count must not take all memory.
constexpr Index most_columns = Index{1} << 24;

Matrix<double> as_row(const std::vector<double>& values) {
    Matrix<double> row(1, static_cast<Index>(values.size()));
    std::copy(values.begin(), values.end(), row.data());
    return row;
}

std::vector<double> as_vector(const Matrix<double>& row) {
    return {row.data(), row.data() + row.rows() * row.columns()};
}

// Columns that a file without names has: their numbers, from `first` on.
std::optional<Index> first_number(const Schema& schema) {
    if (schema.named || schema.inputs.empty()) return std::nullopt;
    for (const Index first : {Index{1}, Index{0}}) {
        Index number = first;
        if (std::all_of(schema.inputs.begin(), schema.inputs.end(), [&](const InputColumn& c) {
                return c.categories.empty() && c.name == std::to_string(number++);
            }))
            return first;
    }
    return std::nullopt;
}

std::vector<InputColumn> numbered_columns(Index first, Index count) {
    std::vector<InputColumn> columns;
    columns.reserve(static_cast<std::size_t>(count));
    for (Index k = 0; k < count; ++k) columns.push_back({std::to_string(first + k), {}});
    return columns;
}

Json schema_json(const Schema& schema) {
    Json inputs = Json::array();
    if (const std::optional<Index> first = first_number(schema))
        inputs = {{"first", *first}, {"count", schema.inputs.size()}};
    else
        for (const InputColumn& column : schema.inputs)
            inputs.push_back({{"name", column.name}, {"categories", column.categories}});
    Json json{{"inputs", inputs}, {"targets", schema.targets}, {"named", schema.named}};
    if (!schema.classes.empty()) json["classes"] = schema.classes;
    if (schema.class_column)
        json["class_column"] = {{"name", schema.class_column->name},
                                {"values", schema.class_column->values}};
    return json;
}

ClassColumn class_column_from(const nlohmann::json& json, const Schema& schema) {
    const nlohmann::json& column = json.at("class_column");
    ClassColumn classes{column.at("name").get<std::string>(),
                        column.at("values").get<std::vector<double>>()};
    if (classes.values.size() != schema.targets.size() ||
        !std::is_sorted(classes.values.begin(), classes.values.end()))
        throw FormatError("expected an ascending value for each of " +
                          std::to_string(schema.targets.size()) + " classes, got " +
                          std::to_string(classes.values.size()));
    return classes;
}

Schema schema_from(const nlohmann::json& json) {
    Schema schema;
    const nlohmann::json& inputs = json.at("inputs");
    if (inputs.is_object()) {
        const auto count = inputs.at("count").get<Index>();
        if (count < 1 || count > most_columns)
            throw FormatError("expected 1 to " + std::to_string(most_columns) +
                              " input columns, got " + std::to_string(count));
        schema.inputs = numbered_columns(inputs.at("first").get<Index>(), count);
    } else {
        for (const nlohmann::json& column : inputs)
            schema.inputs.push_back({column.at("name").get<std::string>(),
                                     column.at("categories").get<std::vector<std::string>>()});
    }
    schema.targets = json.at("targets").get<std::vector<std::string>>();
    schema.named = json.at("named").get<bool>();
    if (json.contains("classes"))
        schema.classes = json.at("classes").get<std::vector<std::string>>();
    if (json.contains("class_column")) schema.class_column = class_column_from(json, schema);
    return schema;
}

// "as they are" for rows that are not standardised: means and scales then say nothing.
Json kept_columns_json(const Standardiser& standardiser) {
    if (standardiser.is_identity()) return "as they are";
    if (standardiser.output_columns() == standardiser.input_columns()) return "all";
    return standardiser.kept_columns();
}

Standardiser standardiser_from(const nlohmann::json& json, const Container& container,
                               std::vector<std::string> names) {
    if (json == "as they are") return Standardiser::identity(std::move(names));
    std::vector<Index> kept;
    if (json == "all") {
        kept.resize(names.size());
        std::iota(kept.begin(), kept.end(), Index{0});
    } else {
        kept = json.get<std::vector<Index>>();
    }
    return Standardiser::from_values(std::move(names), std::move(kept),
                                     as_vector(container.float64_array("means")),
                                     as_vector(container.float64_array("scales")));
}

std::string header(const ModelParts& parts) {
    const Json json{
        {"library", version()},
        {"schema", schema_json(parts.schema)},
        {"kept_columns", kept_columns_json(parts.standardiser)},
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
    Standardiser standardiser =
        standardiser_from(json.at("kept_columns"), container, schema.input_names());
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
                        .arrays = {{"coefficients", parts_.solution.coefficients},
                                   {"intercept", as_row(parts_.solution.intercept)}}};
    if (!parts_.standardiser.is_identity()) {
        container.arrays.push_back({"means", as_row(parts_.standardiser.means())});
        container.arrays.push_back({"scales", as_row(parts_.standardiser.scales())});
    }
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
