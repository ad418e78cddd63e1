#include "data/class_rows.hpp"

#include "data/parse_number.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace sketchntk {

namespace {

constexpr std::size_t most_classes = 1000;

Schema one_column_each(Schema schema, ClassColumn column, std::vector<std::string> names) {
    schema.targets = std::move(names);
    schema.class_column = std::move(column);
    return schema;
}

class ClassRows final : public RowReader {
  public:
    ClassRows(std::unique_ptr<RowReader> rows, std::string path, Schema schema)
        : rows_(std::move(rows)), path_(std::move(path)), schema_(std::move(schema)) {}

    const Schema& schema() const override { return schema_; }
    void rewind() override { rows_->rewind(); }
    std::optional<Index> row_count() const override { return rows_->row_count(); }
    std::optional<Index> sparse_row_entries() const override { return rows_->sparse_row_entries(); }
    std::vector<Index> image_shape() const override { return rows_->image_shape(); }

    bool read(Index most_rows, Batch& batch) override {
        const bool found = rows_->read(most_rows, batch);
        Matrix<double> columns(batch.rows(), static_cast<Index>(schema_.targets.size()));
        for (Index i = 0; i < batch.rows(); ++i)
            columns(i, column_of(batch.targets(i, 0), batch.first_row + i)) = 1;
        batch.targets = std::move(columns);
        return found;
    }

  private:
    [[nodiscard]] Index column_of(double value, Index row) const {
        const std::vector<double>& values = schema_.class_column->values;
        const auto found = std::lower_bound(values.begin(), values.end(), value);
        if (found == values.end() || *found != value)
            throw FormatError(path_ + ": row " + std::to_string(row + 1) + ": column " +
                              in_quotes(schema_.class_column->name) + " holds " +
                              number_text(value) + ", which is none of the " +
                              std::to_string(values.size()) + " known classes");
        return found - values.begin();
    }

    std::unique_ptr<RowReader> rows_;
    std::string path_;
    Schema schema_;
};

std::vector<double> values_in(RowReader& rows, const std::string& path) {
    std::set<double> values;
    rows.rewind();
    for (Batch batch; rows.read(4096, batch);) {
        for (Index i = 0; i < batch.rows(); ++i) values.insert(batch.targets(i, 0));
        if (values.size() > most_classes)
            throw FormatError(path + ": column " + in_quotes(rows.schema().targets.front()) +
                              " has more than " + std::to_string(most_classes) +
                              " values: too many for classes");
    }
    rows.rewind();
    return {values.begin(), values.end()};
}

}  // namespace

std::unique_ptr<RowReader> class_rows(std::unique_ptr<RowReader> rows, const std::string& path) {
    const Schema& schema = rows->schema();
    ClassColumn column{schema.targets.front(), {}};
    std::vector<std::string> names = schema.classes;
    if (names.empty()) {
        column.values = values_in(*rows, path);
        for (const double value : column.values) names.push_back(number_text(value));
    } else {
        for (std::size_t k = 0; k < names.size(); ++k)
            column.values.push_back(static_cast<double>(k));
    }
    if (names.size() < 2)
        throw FormatError(path + ": column " + in_quotes(column.name) +
                          " holds one class only, expected at least 2");
    Schema known = one_column_each(schema, std::move(column), std::move(names));
    return class_rows(std::move(rows), path, known);
}

std::unique_ptr<RowReader> class_rows(std::unique_ptr<RowReader> rows, const std::string& path,
                                      const Schema& known) {
    Schema schema = one_column_each(rows->schema(), *known.class_column, known.targets);
    return std::make_unique<ClassRows>(std::move(rows), path, std::move(schema));
}

Schema with_class_numbers(Schema known) {
    known.targets = {known.class_column->name};
    known.class_column.reset();
    return known;
}

}  // namespace sketchntk
