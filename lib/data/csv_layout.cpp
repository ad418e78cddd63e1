#include "data/csv_layout.hpp"

#include "data/csv_records.hpp"
#include "data/parse_number.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <unordered_set>

namespace sketchntk {
namespace {

using Cells = std::span<const std::string_view>;

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool could_be_a_name(std::string_view cell) {
    constexpr std::array<std::string_view, 5> missing_values = {"", "?", "NA", "N/A", "null"};
    double number = 0;
    cell = trimmed(cell);
    return !parse_number(cell, number) &&
           std::find(missing_values.begin(), missing_values.end(), cell) == missing_values.end();
}

// A name given by the caller, not a number, stands in the row.
bool holds_selected_name(Cells cells, const DataSource& source) {
    return std::any_of(cells.begin(), cells.end(), [&](std::string_view cell) {
        cell = trimmed(cell);
        return !parse_integer(cell) &&
               (contains(source.targets, cell) || contains(source.categorical, cell) ||
                contains(source.ignored, cell));
    });
}

bool looks_like_header(Cells cells, const DataSource& source) {
    if (holds_selected_name(cells, source)) return true;
    const FileColumns unnamed{source.path, static_cast<Index>(cells.size()), {}};
    std::vector<bool> may_hold_text(cells.size(), false);
    for (const auto* list : {&source.categorical, &source.ignored})
        for (const std::string& selector : *list)
            if (const Index column = find_column(unnamed, selector); column >= 0)
                may_hold_text[static_cast<std::size_t>(column)] = true;
    for (std::size_t k = 0; k < cells.size(); ++k)
        if (!may_hold_text[k] && could_be_a_name(cells[k])) return true;
    return false;
}

// Where text is expected but not yet known in which columns, a row that holds a number is data.
bool looks_like_known_header(Cells cells, const DataSource& source, const Schema& known) {
    if (holds_selected_name(cells, source)) return true;
    bool text_expected = !source.ignored.empty();
    for (const InputColumn& input : known.inputs) {
        text_expected |= !input.categories.empty();
        if (!known.named || parse_integer(input.name)) continue;
        for (const std::string_view cell : cells)
            if (trimmed(cell) == input.name) return true;
    }
    return text_expected ? std::all_of(cells.begin(), cells.end(), could_be_a_name)
                         : std::any_of(cells.begin(), cells.end(), could_be_a_name);
}

std::vector<std::string> header_names(const CsvRecords& records) {
    std::vector<std::string> names;
    std::unordered_set<std::string> seen;
    for (const std::string_view cell : records.cells()) {
        const std::string_view name = trimmed(cell);
        names.emplace_back(name.empty() ? std::to_string(names.size() + 1) : std::string(name));
        if (!seen.insert(names.back()).second)
            records.fail("expected different column names, got " + in_quotes(name) + " twice");
    }
    return names;
}

char choose_separator(const DataSource& source) {
    if (source.separator != 0) return source.separator;
    const bool tabs = source.path.ends_with(".tsv") || source.path.ends_with(".tsv.gz");
    return tabs ? '\t' : detect_separator(source.path);
}

struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
};
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

void note_value(const CsvRecords& records, const std::string& label, std::string_view value,
                TextSet& values) {
    constexpr std::size_t most_values = 10000;
    if (value.empty()) records.fail("expected a value, got an empty cell", label);
    if (values.find(value) != values.end()) return;
    if (values.size() == most_values)
        records.fail("expected a text column of at most " + std::to_string(most_values) +
                         " different values, got one more: " + in_quotes(value),
                     label);
    values.emplace(value);
}

void learn_categories(CsvRecords& records, CsvLayout& layout) {
    std::vector<std::size_t> text_columns;
    for (std::size_t k = 0; k < layout.plan.roles.size(); ++k)
        if (layout.plan.roles[k].use == ColumnRole::Use::category) text_columns.push_back(k);
    if (text_columns.empty()) return;
    std::vector<TextSet> values(text_columns.size());
    records.rewind();
    if (layout.header && !records.next()) return;
    while (records.next()) {
        check_cell_count(records, layout.columns);
        for (std::size_t t = 0; t < text_columns.size(); ++t)
            note_value(records, layout.columns.label(static_cast<Index>(text_columns[t])),
                       trimmed(records.cells()[text_columns[t]]), values[t]);
    }
    for (std::size_t t = 0; t < text_columns.size(); ++t) {
        const Index input = layout.plan.roles[text_columns[t]].position;
        auto& categories = layout.plan.schema.inputs[static_cast<std::size_t>(input)].categories;
        categories.assign(values[t].begin(), values[t].end());
        std::sort(categories.begin(), categories.end());
    }
}

}  // namespace

void check_cell_count(const CsvRecords& records, const FileColumns& columns) {
    const auto count = static_cast<Index>(records.cells().size());
    if (count != columns.count)
        records.fail("expected " + std::to_string(columns.count) + " cells, got " +
                     std::to_string(count));
}

CsvLayout find_csv_layout(const DataSource& source, const Schema* known) {
    CsvLayout layout;
    layout.separator = choose_separator(source);
    CsvRecords records(source.path, layout.separator);
    if (!records.next()) throw FormatError(source.path + ": expected rows, got an empty file");
    const Cells cells = records.cells();
    layout.header = source.header.value_or(known ? looks_like_known_header(cells, source, *known)
                                                 : looks_like_header(cells, source));
    layout.columns = {source.path, static_cast<Index>(cells.size()), {}};
    if (layout.header) {
        layout.columns.names = header_names(records);
        if (!records.next())
            throw FormatError(source.path + ": expected rows after the header, got none");
    }
    layout.plan = known ? plan_known_columns(layout.columns, source, *known)
                        : plan_columns(layout.columns, source);
    if (!known) learn_categories(records, layout);
    return layout;
}

}  // namespace sketchntk
