#include "data/csv.hpp"

#include "data/batch_storage.hpp"
#include "data/csv_layout.hpp"
#include "data/parse_number.hpp"

#include <algorithm>
#include <cmath>

namespace sketchntk {
namespace {

using Use = ColumnRole::Use;

class CsvReader final : public RowReader {
  public:
    explicit CsvReader(CsvLayout layout);

    const Schema& schema() const override { return layout_.plan.schema; }
    bool read(Index most_rows, Batch& batch) override;
    void rewind() override;
    std::optional<Index> row_count() const override { return row_count_; }

  private:
    void read_record(std::span<double> inputs, std::span<double> targets) const;
    double number(std::size_t column, std::string_view cell) const;
    Index category(std::size_t column, std::string_view cell) const;
    [[noreturn]] void fail(std::size_t column, const std::string& message) const;

    CsvLayout layout_;
    CsvRecords records_;
    std::vector<Index> first_inputs_;  ///< for each input of the schema, its first in a batch
    Index input_count_ = 0;
    Index next_row_ = 0;
    std::optional<Index> row_count_;
};

CsvReader::CsvReader(CsvLayout layout)
    : layout_(std::move(layout)), records_(layout_.columns.path, layout_.separator) {
    for (const InputColumn& input : schema().inputs) {
        first_inputs_.push_back(input_count_);
        input_count_ += input.input_count();
    }
    rewind();
}

void CsvReader::rewind() {
    records_.rewind();
    next_row_ = 0;
    if (layout_.header && !records_.next()) records_.fail("expected the header, got no row");
}

bool CsvReader::read(Index most_rows, Batch& batch) {
    check_batch_size(most_rows);
    Matrix<double> inputs = without_rows(batch, input_count_);
    Matrix<double> targets =
        without_rows(std::move(batch.targets), static_cast<Index>(schema().targets.size()));
    Index rows = 0;
    for (; rows < most_rows && records_.next(); ++rows) {
        grow_to_hold(inputs, rows, most_rows);
        grow_to_hold(targets, rows, most_rows);
        read_record(inputs.row(rows), targets.row(rows));
    }
    inputs.resize_rows(rows);
    targets.resize_rows(rows);
    batch = {next_row_, std::move(inputs), std::move(targets)};
    next_row_ += rows;
    if (rows < most_rows) row_count_ = next_row_;
    return rows > 0;
}

// The inputs are zero before, which is what the other values of a text column are to be.
void CsvReader::read_record(std::span<double> inputs, std::span<double> targets) const {
    check_cell_count(records_, layout_.columns);
    const std::span<const std::string_view> cells = records_.cells();
    for (std::size_t k = 0; k < cells.size(); ++k) {
        const auto [use, position] = layout_.plan.roles[k];
        const auto p = static_cast<std::size_t>(position);
        if (use == Use::target)
            targets[p] = number(k, cells[k]);
        else if (use == Use::number)
            inputs[static_cast<std::size_t>(first_inputs_[p])] = number(k, cells[k]);
        else if (use == Use::category)
            inputs[static_cast<std::size_t>(first_inputs_[p] + category(k, cells[k]))] = 1;
    }
}

double CsvReader::number(std::size_t column, std::string_view cell) const {
    double value = 0;
    if (!parse_number(cell, value) || !std::isfinite(value)) fail(column, number_error(cell));
    return value;
}

Index CsvReader::category(std::size_t column, std::string_view cell) const {
    const auto input = static_cast<std::size_t>(layout_.plan.roles[column].position);
    const std::vector<std::string>& categories = schema().inputs[input].categories;
    const std::string_view value = trimmed(cell);
    const auto found = std::lower_bound(categories.begin(), categories.end(), value);
    if (found == categories.end() || *found != value)
        fail(column, "expected one of its " + std::to_string(categories.size()) +
                         " known values, got " + in_quotes(value));
    return found - categories.begin();
}

void CsvReader::fail(std::size_t column, const std::string& message) const {
    records_.fail(message, layout_.columns.label(static_cast<Index>(column)));
}

}  // namespace

std::unique_ptr<RowReader> open_csv(const DataSource& source, const Schema* known) {
    return std::make_unique<CsvReader>(find_csv_layout(source, known));
}

}  // namespace sketchntk
