#include "data/svmlight.hpp"

#include "data/batch_storage.hpp"
#include "data/parse_number.hpp"
#include "data/text_lines.hpp"

#include <cmath>

namespace sketchntk {
namespace {

/// Takes the next word off the front of `text`; empty at its end.
std::string_view take_word(std::string_view& text) {
    text = trimmed(text);
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    text.remove_prefix(word.size());
    return word;
}

/// Takes what stands before the next comma off the front of `list`.
std::string_view take_list_item(std::string_view& list) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    return item;
}

/// The rows of an svmlight file, one at a time.
class SvmlightRows {
  public:
    /// @param most_columns indices beyond are refused.
    SvmlightRows(const DataSource& source, Index most_columns, bool columns_known)
        : lines_(source.path),
          first_index_(source.svmlight_zero_based ? 0 : 1),
          most_columns_(most_columns),
          columns_known_(columns_known) {}

    void rewind() { lines_.rewind(); }

    /// Appends the next row to `rows`, which has one column for each that was seen, and replaces
    /// `labels` by its labels.
    bool next(SparseRows& rows, std::vector<double>& labels) {
        std::string_view line;
        do {
            if (!lines_.next(line)) return false;
            line = trimmed(line.substr(0, line.find('#')));
        } while (line.empty());
        take_labels(line, labels);
        for (std::string_view word = take_word(line); !word.empty(); word = take_word(line))
            if (!word.starts_with("qid:")) take_entry(word, rows);
        rows.row_starts.push_back(static_cast<Index>(rows.values.size()));
        return true;
    }

    [[noreturn]] void fail(const std::string& message) const {
        throw_format_error(lines_, lines_.line_number(), message);
    }

  private:
    double number(std::string_view text, const std::string& what) const {
        double value = 0;
        if (!parse_number(text, value) || !std::isfinite(value))
            fail(what + ": " + number_error(text));
        return value;
    }

    void take_labels(std::string_view& line, std::vector<double>& labels) const {
        labels.clear();
        std::string_view rest = line;
        std::string_view list = take_word(rest);
        if (list.find(':') != std::string_view::npos) return;
        line = rest;
        while (!list.empty()) {
            const bool last = list.find(',') == std::string_view::npos;
            labels.push_back(number(take_list_item(list), "label"));
            if (!last && list.empty()) fail("label: expected a number after the comma, got none");
        }
    }

    void take_entry(std::string_view word, SparseRows& rows) const {
        const std::size_t colon = word.find(':');
        const std::optional<Index> index = parse_integer(word.substr(0, colon));
        if (colon == std::string_view::npos || !index)
            fail("expected index:value, got " + in_quotes(word));
        const Index column = *index - first_index_;
        if (column < 0) fail_range(*index);
        if (column >= most_columns_) fail_range(*index);
        const bool first = static_cast<Index>(rows.values.size()) == rows.row_starts.back();
        if (!first && column <= rows.column_numbers.back())
            fail("expected ascending indices, got " + std::to_string(*index) + " after " +
                 std::to_string(rows.column_numbers.back() + first_index_));
        rows.values.push_back(number(word.substr(colon + 1), "index " + std::to_string(*index)));
        rows.column_numbers.push_back(column);
        rows.columns = std::max(rows.columns, column + 1);
    }

    [[noreturn]] void fail_range(Index index) const {
        fail("expected an index from " + std::to_string(first_index_) + " to " +
             std::to_string(most_columns_ - 1 + first_index_) +
             (columns_known_ ? " (the known columns)" : "") + ", got " + std::to_string(index));
    }

    TextLines lines_;
    Index first_index_;
    Index most_columns_;
    bool columns_known_;
};

void clear_rows(SparseRows& rows) {
    rows.row_starts.assign(1, 0);
    rows.column_numbers.clear();
    rows.values.clear();
}

class SvmlightReader final : public RowReader {
  public:
    SvmlightReader(const DataSource& source, Schema schema, Index label_count, Index row_entries)
        : rows_(source, schema.input_count(), true),
          schema_(std::move(schema)),
          label_count_(label_count),
          row_entries_(row_entries) {}

    const Schema& schema() const override { return schema_; }
    bool read(Index most_rows, Batch& batch) override;
    void rewind() override {
        rows_.rewind();
        next_row_ = 0;
    }
    std::optional<Index> row_count() const override { return row_count_; }
    std::optional<Index> sparse_row_entries() const override { return row_entries_; }

  private:
    SvmlightRows rows_;
    Schema schema_;
    Index label_count_;
    Index row_entries_;
    std::vector<double> labels_;
    Index next_row_ = 0;
    std::optional<Index> row_count_;
};

void check_label_count(const SvmlightRows& rows, Index expected, Index count) {
    if (count != expected)
        rows.fail("expected " + std::to_string(expected) + " labels as in the first row, got " +
                  std::to_string(count));
}

bool SvmlightReader::read(Index most_rows, Batch& batch) {
    check_batch_size(most_rows);
    auto* earlier = std::get_if<SparseRows>(&batch.inputs);
    SparseRows inputs = earlier ? std::move(*earlier) : SparseRows{};
    clear_rows(inputs);
    inputs.columns = schema_.input_count();
    const bool with_targets = !schema_.targets.empty();
    Matrix<double> targets =
        without_rows(std::move(batch.targets), with_targets ? label_count_ : 0);
    Index rows = 0;
    for (; rows < most_rows && rows_.next(inputs, labels_); ++rows) {
        check_label_count(rows_, label_count_, static_cast<Index>(labels_.size()));
        grow_to_hold(targets, rows, most_rows);
        if (with_targets) std::copy(labels_.begin(), labels_.end(), targets.row(rows).begin());
    }
    targets.resize_rows(rows);
    batch = {next_row_, std::move(inputs), std::move(targets)};
    next_row_ += rows;
    if (rows < most_rows) row_count_ = next_row_;
    return rows > 0;
}

struct Extent {
    Index columns = 0;
    Index labels = 0;
    Index row_entries = 0;  ///< on average, rounded up
};

/// Counts labels, columns and entries: over the whole file, or in its first row only.
Extent find_extent(const DataSource& source, bool first_row_only) {
    // A schema holds a name for each column; a larger index is a damaged file or an identifier.
    constexpr Index most_columns = Index{1} << 24;
    SvmlightRows rows(source, most_columns, false);
    SparseRows seen;
    std::vector<double> labels;
    if (!rows.next(seen, labels))
        throw FormatError(source.path + ": expected rows, got an empty file");
    const auto label_count = static_cast<Index>(labels.size());
    Index row_count = 1;
    auto entries = static_cast<Index>(seen.values.size());
    while (!first_row_only) {
        clear_rows(seen);
        if (!rows.next(seen, labels)) break;
        check_label_count(rows, label_count, static_cast<Index>(labels.size()));
        ++row_count;
        entries += static_cast<Index>(seen.values.size());
    }
    return {seen.columns, label_count, (entries + row_count - 1) / row_count};
}

void check_options(const DataSource& source) {
    if (!source.categorical.empty() || !source.ignored.empty())
        throw InvalidArgument(source.path +
                              ": categorical and ignored columns are not available for svmlight, "
                              "expected none");
    if (!source.targets.empty() && source.targets != std::vector<std::string>{"none"} &&
        source.targets != std::vector<std::string>{"label"})
        throw InvalidArgument(source.path + ": the targets of an svmlight file are its labels, " +
                              "expected 'label', 'none' or nothing, got " +
                              in_quotes(source.targets.front()));
}

std::vector<std::string> label_names(Index count) {
    if (count == 1) return {"label"};
    std::vector<std::string> names;
    for (Index k = 1; k <= count; ++k) names.push_back("label " + std::to_string(k));
    return names;
}

Schema learnt_schema(const DataSource& source, Index columns) {
    Schema schema;
    const Index first = source.svmlight_zero_based ? 0 : 1;
    for (Index k = 0; k < columns; ++k) schema.inputs.push_back({std::to_string(k + first), {}});
    if (schema.inputs.empty())
        throw FormatError(source.path + ": expected at least one index:value, got labels only");
    return schema;
}

void check_known(const DataSource& source, const Schema& known, Index targets) {
    for (const InputColumn& input : known.inputs)
        if (!input.categories.empty())
            throw InvalidArgument(source.path + ": expected the text column " +
                                  in_quotes(input.name) + ", which an svmlight file cannot hold");
    const auto expected = static_cast<Index>(known.targets.size());
    if (expected > 0 && targets > 0 && targets != expected)
        throw FormatError(source.path + ": expected " + std::to_string(expected) + " labels, got " +
                          std::to_string(targets));
}

}  // namespace

bool looks_like_svmlight(std::string_view line) {
    line = line.substr(0, line.find('#'));
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
        const std::size_t colon = word.find(':');
        double value = 0;
        if (colon != std::string_view::npos && parse_integer(word.substr(0, colon)) &&
            parse_number(word.substr(colon + 1), value))
            return true;
    }
    return false;
}

std::unique_ptr<RowReader> open_svmlight(const DataSource& source, const Schema* known) {
    check_options(source);
    const Extent extent = find_extent(source, known != nullptr);
    Schema schema = known ? *known : learnt_schema(source, extent.columns);
    const bool no_targets = source.targets == std::vector<std::string>{"none"};
    schema.targets = no_targets ? std::vector<std::string>{} : label_names(extent.labels);
    if (known) check_known(source, *known, static_cast<Index>(schema.targets.size()));
    return std::make_unique<SvmlightReader>(source, std::move(schema), extent.labels,
                                            extent.row_entries);
}

}  // namespace sketchntk
