#include "model/schema_json.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <optional>

namespace sketchntk {

using Json = nlohmann::ordered_json;

namespace {

// As many as a reader of svmlight files takes: a damaged count must not take all memory.
constexpr Index most_columns = Index{1} << 24;

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

}  // namespace

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

namespace {

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

}  // namespace

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

}  // namespace sketchntk
