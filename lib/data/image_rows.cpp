#include "data/image_rows.hpp"

#include "data/batch_storage.hpp"
#include "data/cifar_images.hpp"
#include "data/column_plan.hpp"
#include "data/idx_images.hpp"
#include "data/image_folder.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>
#include <utility>

namespace sketchntk {

namespace {

using Format = DataSource::Format;

constexpr const char* label_name = "label";

/// Images as rows of a data set, and the numbers of their classes as its target.
class ImageRows final : public RowReader {
  public:
    ImageRows(std::unique_ptr<ImageSequence> images, Schema schema)
        : images_(std::move(images)),
          schema_(std::move(schema)),
          values_(static_cast<std::size_t>(schema_.input_count())) {}

    const Schema& schema() const override { return schema_; }
    std::optional<Index> row_count() const override { return images_->count(); }
    std::vector<Index> image_shape() const override { return images_->shape(); }

    void rewind() override {
        images_->rewind();
        next_row_ = 0;
    }

    bool read(Index most_rows, Batch& batch) override {
        check_batch_size(most_rows);
        const Index count = std::min(most_rows, images_->count() - next_row_);
        Matrix<double> inputs = without_rows(batch, schema_.input_count());
        Matrix<double> targets =
            without_rows(std::move(batch.targets), static_cast<Index>(schema_.targets.size()));
        for (Index i = 0; i < count; ++i) {
            grow_to_hold(inputs, i, count);
            grow_to_hold(targets, i, count);
            const Index label = images_->next(values_);
            std::copy(values_.begin(), values_.end(), inputs.row(i).begin());
            if (targets.columns() > 0) targets(i, 0) = static_cast<double>(label);
        }
        inputs.resize_rows(count);
        targets.resize_rows(count);
        batch = {next_row_, std::move(inputs), std::move(targets)};
        next_row_ += count;
        return count > 0;
    }

  private:
    std::unique_ptr<ImageSequence> images_;
    Schema schema_;
    std::vector<std::uint8_t> values_;
    Index next_row_ = 0;
};

/// Which labels a source asks for.
struct LabelChoice {
    bool wanted = true;
    bool required = false;
    std::string file = {};  ///< idx: of its own, where the source names one
};

LabelChoice label_choice(const DataSource& source, Format format) {
    if (targets_are_none(source)) return {.wanted = false};
    if (source.targets.empty()) return {};
    if (source.targets.size() == 1) {
        const std::string& target = source.targets.front();
        if (target == label_name) return {.required = true};
        std::error_code ignored;
        if (format == Format::idx && std::filesystem::is_regular_file(target, ignored))
            return {.required = true, .file = target};
    }
    throw InvalidArgument(source.path + ": target: expected '" + label_name + "' or 'none'" +
                          (format == Format::idx ? " or an idx file of labels" : "") + ", got '" +
                          source.targets.front() + "'" +
                          (source.targets.size() > 1 ? " and more" : ""));
}

std::unique_ptr<ImageSequence> open_images(const DataSource& source, Format format,
                                           const LabelChoice& labels, const Schema* known) {
    if (format == Format::idx) {
        const std::string beside =
            labels.wanted && labels.file.empty() ? idx_labels_beside(source.path) : labels.file;
        return open_idx_images(source.path, beside);
    }
    if (format == Format::image_folder)
        return open_image_folder(source.path, known ? known->classes : std::vector<std::string>{},
                                 source.on_bad_image);
    if (!std::filesystem::is_directory(source.path)) return open_cifar_images({source.path});
    const std::vector<std::string> batches = cifar_batches_in(source.path);
    if (batches.empty())
        throw FormatError(source.path + ": expected data_batch_*.bin of CIFAR in this folder");
    return open_cifar_images(batches);
}

Schema image_schema(const DataSource& source, const ImageSequence& images,
                    const LabelChoice& labels, const Schema* known) {
    DataSource inputs_only = source;
    inputs_only.targets = {"none"};
    const std::vector<Index>& shape = images.shape();
    const FileColumns columns{
        source.path,
        std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>()),
        {}};
    Schema schema = known ? plan_known_columns(columns, inputs_only, *known).schema
                          : plan_columns(columns, inputs_only).schema;
    if (labels.required && !images.labelled())
        throw InvalidArgument(source.path + ": target: these images have no labels");
    if (!labels.wanted || !images.labelled()) return schema;
    if (known && known->targets.size() > 1)
        throw FormatError(source.path + ": expected " + std::to_string(known->targets.size()) +
                          " target columns, got the labels of images alone");
    schema.targets = {label_name};
    schema.classes = images.class_names();
    return schema;
}

}  // namespace

Format image_format_by_name(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return cifar_batches_in(path).empty() ? Format::image_folder : Format::cifar;
    if (path.ends_with(".bin")) return Format::cifar;
    const std::string name = std::filesystem::path(path).filename().string();
    const bool is_idx = name.ends_with(".idx") || name.ends_with("-ubyte") ||
                        name.ends_with(".idx.gz") || name.ends_with("-ubyte.gz");
    return is_idx ? Format::idx : Format::automatic;
}

std::unique_ptr<RowReader> open_image_rows(const DataSource& source, Format format,
                                           const Schema* known) {
    if (!source.categorical.empty() || !source.ignored.empty())
        throw InvalidArgument(source.path +
                              ": categorical and ignored columns are not available for images, "
                              "expected none");
    const LabelChoice labels = label_choice(source, format);
    std::unique_ptr<ImageSequence> images = open_images(source, format, labels, known);
    Schema schema = image_schema(source, *images, labels, known);
    return std::make_unique<ImageRows>(std::move(images), std::move(schema));
}

}  // namespace sketchntk
