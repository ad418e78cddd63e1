#include "data/class_rows.hpp"
#include "data/column_plan.hpp"
#include "data/csv.hpp"
#include "data/idx_images.hpp"
#include "data/image_rows.hpp"
#include "data/parse_number.hpp"
#include "data/svmlight.hpp"
#include "data/text_lines.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/data_source.hpp>
#include <sketchntk/data/npy.hpp>

#include <utility>

namespace sketchntk {
namespace {

using Format = DataSource::Format;

Format format_by_content(const std::string& path) {
    TextLines lines(path);
    std::string_view line;
    while (lines.next(line)) {
        if (lines.line_number() == 1 && line.starts_with("\x93NUMPY")) return Format::npy;
        if (lines.line_number() == 1 && looks_like_idx(line)) return Format::idx;
        if (looks_like_svmlight(line)) return Format::svmlight;
        if (!trimmed(line.substr(0, line.find('#'))).empty()) break;
    }
    return Format::csv;
}

Format find_format(const DataSource& source) {
    if (source.format != Format::automatic) return source.format;
    if (const Format images = image_format_by_name(source.path); images != Format::automatic)
        return images;
    std::string_view name = source.path;
    if (name.ends_with(".gz")) name.remove_suffix(3);
    for (const std::string_view ending : {".csv", ".tsv"})
        if (name.ends_with(ending)) return Format::csv;
    for (const std::string_view ending : {".svm", ".svmlight", ".libsvm"})
        if (name.ends_with(ending)) return Format::svmlight;
    return name.ends_with(".npy") ? Format::npy : format_by_content(source.path);
}

/// The rows of another reader with the names that the columns have for this library.
class RenamedRows final : public RowReader {
  public:
    RenamedRows(std::unique_ptr<RowReader> rows, Schema schema)
        : rows_(std::move(rows)), schema_(std::move(schema)) {}

    const Schema& schema() const override { return schema_; }
    bool read(Index most_rows, Batch& batch) override { return rows_->read(most_rows, batch); }
    void rewind() override { rows_->rewind(); }
    std::optional<Index> row_count() const override { return rows_->row_count(); }
    std::vector<Index> image_shape() const override { return rows_->image_shape(); }

  private:
    std::unique_ptr<RowReader> rows_;
    Schema schema_;
};

bool targets_in_own_file(const DataSource& source) {
    return source.targets.size() == 1 && source.targets.front().ends_with(".npy");
}

ColumnPlan plan_npy(const DataSource& source, const Schema* known, Index column_count) {
    const FileColumns columns{source.path, column_count, {}};
    return known ? plan_known_columns(columns, source, *known) : plan_columns(columns, source);
}

std::vector<Index> target_columns(const ColumnPlan& plan) {
    std::vector<Index> columns(plan.schema.targets.size());
    for (std::size_t k = 0; k < plan.roles.size(); ++k)
        if (plan.roles[k].use == ColumnRole::Use::target)
            columns[static_cast<std::size_t>(plan.roles[k].position)] = static_cast<Index>(k);
    return columns;
}

std::unique_ptr<RowReader> open_npy_with_target_file(const DataSource& source,
                                                     const Schema* known) {
    const std::string& target_path = source.targets.front();
    DataSource inputs_only = source;
    inputs_only.targets = {"none"};
    std::unique_ptr<RowReader> rows = open_npy(source.path, target_path);
    ColumnPlan plan = plan_npy(inputs_only, known, rows->schema().input_count());
    const std::size_t target_count = rows->schema().targets.size();
    if (known && !known->targets.empty() && known->targets.size() != target_count)
        throw FormatError(target_path + ": expected " + std::to_string(known->targets.size()) +
                          " target columns, got " + std::to_string(target_count));
    for (std::size_t k = 1; k <= target_count; ++k)
        plan.schema.targets.push_back("target " + std::to_string(k));
    return std::make_unique<RenamedRows>(std::move(rows), std::move(plan.schema));
}

std::unique_ptr<RowReader> open_npy_source(const DataSource& source, const Schema* known) {
    if (!source.categorical.empty() || !source.ignored.empty())
        throw InvalidArgument(source.path +
                              ": categorical and ignored columns are not available for npy, "
                              "expected none");
    if (targets_in_own_file(source)) return open_npy_with_target_file(source, known);
    std::unique_ptr<RowReader> rows = open_npy(source.path);
    ColumnPlan plan = plan_npy(source, known, rows->schema().input_count());
    const std::vector<Index> targets = target_columns(plan);
    if (!targets.empty()) rows = open_npy(source.path, targets);
    return std::make_unique<RenamedRows>(std::move(rows), std::move(plan.schema));
}

std::unique_ptr<RowReader> open_all_rows(const DataSource& source, const Schema* known) {
    const Format format = find_format(source);
    if (source.on_bad_image && format != Format::image_folder)
        throw InvalidArgument(source.path +
                              ": bad images can be skipped in folders of PNG and JPEG files only");
    switch (format) {
        case Format::idx:
        case Format::cifar:
        case Format::image_folder:
            return open_image_rows(source, format, known);
        case Format::svmlight:
            return open_svmlight(source, known);
        case Format::npy:
            return open_npy_source(source, known);
        default:
            return open_csv(source, known);
    }
}

std::unique_ptr<RowReader> open_rows(const DataSource& source, const Schema* known) {
    std::unique_ptr<RowReader> rows = open_all_rows(source, known);
    if (source.rows.is_everything()) return rows;
    return rows_within(std::move(rows), source.rows, source.path);
}

}  // namespace

std::unique_ptr<RowReader> open_rows(const DataSource& source) {
    std::unique_ptr<RowReader> rows = open_rows(source, nullptr);
    const bool holds_classes = source.class_target == DataSource::ClassTarget::always ||
                               (source.class_target == DataSource::ClassTarget::of_images &&
                                !rows->schema().classes.empty());
    if (!holds_classes || rows->schema().targets.size() != 1) return rows;
    return class_rows(std::move(rows), source.path);
}

std::unique_ptr<RowReader> open_rows(const DataSource& source, const Schema& known) {
    if (!known.class_column) return open_rows(source, &known);
    const Schema with_numbers = with_class_numbers(known);
    std::unique_ptr<RowReader> rows = open_rows(source, &with_numbers);
    if (rows->schema().targets.empty()) return rows;
    return class_rows(std::move(rows), source.path, known);
}

}  // namespace sketchntk
