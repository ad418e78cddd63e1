#include "data/batch_storage.hpp"
#include "data/npy_array.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/npy.hpp>

#include <algorithm>

namespace sketchntk {

namespace {

std::string shape_of(const NpyArray& array) {
    return std::to_string(array.rows()) + " x " + std::to_string(array.columns());
}

/// Copies the columns of one row of a file to where a batch wants them.
class NpyReader : public RowReader {
  public:
    NpyReader(const std::string& path, const std::vector<Index>& target_columns)
        : array_(path), target_columns_(target_columns) {
        require_target_columns();
        for (Index j = 0; j < array_.columns(); ++j)
            if (!is_target(j)) input_columns_.push_back(j);
        if (input_columns_.empty())
            throw InvalidArgument(path + ": no input column is left in an array of " +
                                  shape_of(array_));
        for (const Index j : target_columns_) schema_.targets.push_back(std::to_string(j + 1));
        describe_inputs();
    }
    NpyReader(const std::string& path, const std::string& target_path)
        : NpyReader(path, std::vector<Index>{}) {
        target_array_ = std::make_unique<NpyArray>(target_path);
        if (target_array_->rows() != array_.rows())
            throw DimensionMismatch(path + " is " + shape_of(array_) + ", its targets in " +
                                    target_path + " are " + shape_of(*target_array_) +
                                    "; expected equal numbers of rows");
        for (Index j = 0; j < target_array_->columns(); ++j)
            schema_.targets.push_back("target " + std::to_string(j + 1));
    }

    [[nodiscard]] const Schema& schema() const override { return schema_; }
    [[nodiscard]] std::optional<Index> row_count() const override { return array_.rows(); }
    void rewind() override { next_row_ = 0; }
    // A column that is a target leaves no image.
    [[nodiscard]] std::vector<Index> image_shape() const override {
        if (!array_.holds_images() || !target_columns_.empty()) return {};
        return {array_.shape().begin() + 1, array_.shape().end()};
    }

    [[nodiscard]] bool read(Index most_rows, Batch& batch) override {
        check_batch_size(most_rows);
        const Index count = std::min(most_rows, array_.rows() - next_row_);
        batch.first_row = next_row_;
        Matrix<double> inputs = without_rows(batch, static_cast<Index>(input_columns_.size()));
        inputs.resize_rows(count);
        batch.targets =
            without_rows(std::move(batch.targets), static_cast<Index>(schema_.targets.size()));
        batch.targets.resize_rows(count);
        row_.resize(static_cast<std::size_t>(array_.columns()));
        for (Index i = 0; i < count; ++i) {
            array_.read_row(next_row_ + i, row_);
            pick(input_columns_, inputs.row(i));
            if (target_array_)
                target_array_->read_row(next_row_ + i, batch.targets.row(i));
            else
                pick(target_columns_, batch.targets.row(i));
        }
        batch.inputs = std::move(inputs);
        array_.release_rows(next_row_, next_row_ + count);
        if (target_array_) target_array_->release_rows(next_row_, next_row_ + count);
        next_row_ += count;
        return count > 0;
    }

  private:
    [[nodiscard]] bool is_target(Index column) const {
        return std::count(target_columns_.begin(), target_columns_.end(), column) > 0;
    }
    void require_target_columns() const {
        for (const Index column : target_columns_) {
            if (column < 0 || column >= array_.columns())
                throw InvalidArgument("target column: expected 0 to " +
                                      std::to_string(array_.columns() - 1) + " in " +
                                      array_.path() + ", got " + std::to_string(column));
            if (std::count(target_columns_.begin(), target_columns_.end(), column) > 1)
                throw InvalidArgument("target column " + std::to_string(column) +
                                      " is given twice");
        }
    }
    void describe_inputs() {
        for (const Index j : input_columns_) schema_.inputs.push_back({std::to_string(j + 1), {}});
    }
    void pick(const std::vector<Index>& columns, std::span<double> out) const {
        for (std::size_t k = 0; k < columns.size(); ++k)
            out[k] = row_[static_cast<std::size_t>(columns[k])];
    }

    NpyArray array_;
    std::unique_ptr<NpyArray> target_array_;
    std::vector<Index> target_columns_;
    std::vector<Index> input_columns_;
    Schema schema_;
    Index next_row_ = 0;
    std::vector<double> row_;
};

}  // namespace

std::unique_ptr<RowReader> open_npy(const std::string& path,
                                    const std::vector<Index>& target_columns) {
    return std::make_unique<NpyReader>(path, target_columns);
}

std::unique_ptr<RowReader> open_npy(const std::string& path, const std::string& target_path) {
    return std::make_unique<NpyReader>(path, target_path);
}

std::vector<Index> npy_shape(const std::string& path) {
    return NpyArray(path).shape();
}

Matrix<double> read_npy(const std::string& path) {
    const NpyArray array(path);
    Matrix<double> matrix(array.rows(), array.columns());
    for (Index i = 0; i < array.rows(); ++i) array.read_row(i, matrix.row(i));
    return matrix;
}

}  // namespace sketchntk
