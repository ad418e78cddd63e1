#include "data/column_plan.hpp"

#include "data/parse_number.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>

#include <algorithm>

namespace sketchntk {
namespace {

using Use = ColumnRole::Use;

std::string available_columns(const FileColumns& columns) {
    constexpr std::size_t most = 40;
    if (!columns.named()) return "there are " + std::to_string(columns.count) + ", without names";
    std::string list = "there are " + std::to_string(columns.count) + ": ";
    for (std::size_t k = 0; k < std::min(columns.names.size(), most); ++k)
        list += (k > 0 ? ", " : "") + columns.names[k];
    return columns.names.size() > most ? list + ", ..." : list;
}

void assign(ColumnPlan& plan, const FileColumns& columns, Index column, ColumnRole role) {
    ColumnRole& present = plan.roles[static_cast<std::size_t>(column)];
    if (present.use != Use::undecided)
        throw InvalidArgument(columns.path + ": " + columns.label(column) +
                              " is selected twice, expected one use for each column");
    present = role;
}

}  // namespace

std::string FileColumns::name(Index column) const {
    return named() ? names[static_cast<std::size_t>(column)] : std::to_string(column + 1);
}

std::string FileColumns::label(Index column) const {
    return named() ? "column " + in_quotes(name(column)) : "column " + name(column);
}

Index find_column(const FileColumns& columns, std::string_view selector) {
    const auto found = std::find(columns.names.begin(), columns.names.end(), selector);
    if (found != columns.names.end()) return found - columns.names.begin();
    const Index number = parse_integer(selector).value_or(0);
    if (number > 0 && number <= columns.count) return number - 1;
    if (number < 0 && number >= -columns.count) return columns.count + number;
    return -1;
}

Index require_column(const FileColumns& columns, const std::string& selector,
                     const std::string& argument) {
    const Index column = find_column(columns, selector);
    if (column >= 0) return column;
    const std::string nearest = nearest_name(selector, columns.names);
    throw InvalidArgument(columns.path + ": " + argument + ": no such column " +
                          in_quotes(selector) +
                          (nearest.empty() ? "" : "; did you mean " + in_quotes(nearest) + "?") +
                          " (" + available_columns(columns) + ")");
}

bool targets_are_none(const DataSource& source) {
    return source.targets.size() == 1 && source.targets.front() == "none";
}

ColumnPlan plan_columns(const FileColumns& columns, const DataSource& source) {
    ColumnPlan plan;
    plan.roles.resize(static_cast<std::size_t>(columns.count));
    plan.schema.named = columns.named();
    for (const std::string& selector : source.ignored)
        assign(plan, columns, require_column(columns, selector, "ignored"), {Use::ignored, 0});
    if (!targets_are_none(source)) {
        for (const std::string& selector : source.targets) {
            const Index column = require_column(columns, selector, "target");
            const Index position = static_cast<Index>(plan.schema.targets.size());
            assign(plan, columns, column, {Use::target, position});
            plan.schema.targets.push_back(columns.name(column));
        }
    }
    for (const std::string& selector : source.categorical)
        assign(plan, columns, require_column(columns, selector, "categorical"), {Use::category, 0});
    for (Index column = 0; column < columns.count; ++column) {
        ColumnRole& role = plan.roles[static_cast<std::size_t>(column)];
        if (role.use == Use::undecided) role.use = Use::number;
        if (role.use != Use::number && role.use != Use::category) continue;
        role.position = static_cast<Index>(plan.schema.inputs.size());
        plan.schema.inputs.push_back({columns.name(column), {}});
    }
    if (plan.schema.inputs.empty())
        throw InvalidArgument(columns.path + ": expected at least one input column, got none (" +
                              available_columns(columns) + ")");
    return plan;
}

}  // namespace sketchntk
