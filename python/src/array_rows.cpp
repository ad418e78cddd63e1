#include "array_rows.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sketchntk::python {

namespace {

const Contiguous1d<std::int64_t>* classes_of(const ArrayDescription& description) {
    return std::get_if<Contiguous1d<std::int64_t>>(&description.targets);
}

Index target_count(const ArrayDescription& description) {
    if (const auto* targets = std::get_if<Contiguous2d<double>>(&description.targets))
        return static_cast<Index>(targets->shape(1));
    return classes_of(description) == nullptr ? 0
                                              : static_cast<Index>(description.target_names.size());
}

Schema schema_of(Index columns, const ArrayDescription& description) {
    Schema schema;
    schema.named = !description.column_names.empty();
    if (schema.named && static_cast<Index>(description.column_names.size()) != columns)
        throw DimensionMismatch("expected " + std::to_string(columns) + " column names, got " +
                                std::to_string(description.column_names.size()));
    for (Index j = 0; j < columns; ++j)
        schema.inputs.push_back({schema.named
                                     ? description.column_names[static_cast<std::size_t>(j)]
                                     : std::to_string(j + 1),
                                 {}});
    const Index targets = target_count(description);
    for (Index t = 0; t < targets; ++t)
        schema.targets.push_back(description.target_names.empty()
                                     ? "y" + std::to_string(t)
                                     : description.target_names[static_cast<std::size_t>(t)]);
    if (classes_of(description) != nullptr)
        schema.class_column = ClassColumn{"y", description.class_values};
    return schema;
}

[[noreturn]] void refuse_value(const char* what, double value, Index row, Index column) {
    throw InvalidArgument(std::string(what) + ": expected finite numbers, got " +
                          std::to_string(value) + " in row " + std::to_string(row) + ", column " +
                          std::to_string(column) + " (both counted from 0)");
}

void check_length(const char* what, std::size_t length, Index rows) {
    if (static_cast<Index>(length) != rows)
        throw DimensionMismatch("X has " + std::to_string(rows) + " rows, " + what + " has " +
                                std::to_string(length));
}

/// What dense and sparse arrays have in common: targets, weights, and where the reader stands.
class ArrayRows : public RowReader {
  public:
    ArrayRows(Index rows, Index columns, ArrayDescription description)
        : rows_(rows),
          schema_(schema_of(columns, description)),
          description_(std::move(description)) {
        if (const auto* targets = std::get_if<Contiguous2d<double>>(&description_.targets))
            check_length("y", targets->shape(0), rows);
        if (const auto* classes = classes_of(description_))
            check_length("y", classes->size(), rows);
        if (description_.weights) check_length("sample_weight", description_.weights->size(), rows);
    }

    [[nodiscard]] const Schema& schema() const override { return schema_; }
    [[nodiscard]] std::optional<Index> row_count() const override { return rows_; }
    [[nodiscard]] std::vector<Index> image_shape() const override {
        return description_.image_shape;
    }
    void rewind() override { next_ = 0; }

    [[nodiscard]] bool read(Index most_rows, Batch& batch) override {
        const Index count = std::min(most_rows, rows_ - next_);
        batch.first_row = next_;
        read_inputs(next_, count, batch);
        batch.targets = Matrix<double>(count, static_cast<Index>(schema_.targets.size()));
        if (const auto* classes = classes_of(description_))
            read_classes(*classes, batch.targets);
        else if (const auto* targets = std::get_if<Contiguous2d<double>>(&description_.targets))
            read_targets(*targets, batch.targets);
        read_weights(count, batch.weights);
        next_ += count;
        return count > 0;
    }

  protected:
    virtual void read_inputs(Index first, Index count, Batch& batch) const = 0;

  private:
    void read_targets(const Contiguous2d<double>& targets, Matrix<double>& out) const {
        for (Index i = 0; i < out.rows(); ++i)
            for (Index t = 0; t < out.columns(); ++t) {
                const double value = targets.data()[(next_ + i) * out.columns() + t];
                if (!std::isfinite(value)) refuse_value("y", value, next_ + i, t);
                out(i, t) = value;
            }
    }

    void read_classes(const Contiguous1d<std::int64_t>& classes, Matrix<double>& out) const {
        for (Index i = 0; i < out.rows(); ++i) {
            const std::int64_t number = classes.data()[next_ + i];
            if (number < 0 || number >= out.columns())
                throw InvalidArgument(
                    "y: expected class numbers from 0 to " + std::to_string(out.columns() - 1) +
                    ", got " + std::to_string(number) + " in row " + std::to_string(next_ + i));
            out(i, number) = 1;
        }
    }

    void read_weights(Index count, std::vector<double>& out) const {
        out.clear();
        if (!description_.weights) return;
        const double* first = description_.weights->data() + next_;
        out.assign(first, first + count);
        for (Index i = 0; i < count; ++i)
            if (!(first[i] >= 0) || !std::isfinite(first[i]))
                throw InvalidArgument("sample_weight: expected a finite number, 0 or more, got " +
                                      std::to_string(first[i]) + " in row " +
                                      std::to_string(next_ + i));
    }

    Index rows_;
    Index next_ = 0;
    Schema schema_;
    ArrayDescription description_;
};

template <typename T>
class DenseRows final : public ArrayRows {
  public:
    DenseRows(Rows2d<T> inputs, ArrayDescription description)
        : ArrayRows(static_cast<Index>(inputs.shape(0)), static_cast<Index>(inputs.shape(1)),
                    std::move(description)),
          inputs_(std::move(inputs)) {}

  protected:
    void read_inputs(Index first, Index count, Batch& batch) const override {
        const auto columns = static_cast<Index>(inputs_.shape(1));
        auto* dense = std::get_if<Matrix<double>>(&batch.inputs);
        if (dense == nullptr || dense->columns() != columns) {
            batch.inputs = Matrix<double>(count, columns);
            dense = &std::get<Matrix<double>>(batch.inputs);
        }
        dense->resize_rows(count);
        for (Index i = 0; i < count; ++i) {
            const T* row = inputs_.data() + (first + i) * inputs_.stride(0);
            for (Index j = 0; j < columns; ++j) {
                const auto value = static_cast<double>(row[j * inputs_.stride(1)]);
                if (!std::isfinite(value)) refuse_value("X", value, first + i, j);
                (*dense)(i, j) = value;
            }
        }
    }

  private:
    Rows2d<T> inputs_;
};

class CompressedRows final : public ArrayRows {
  public:
    CompressedRows(CompressedArrays inputs, ArrayDescription description)
        : ArrayRows(static_cast<Index>(inputs.row_starts.shape(0)) - 1, inputs.columns,
                    std::move(description)),
          inputs_(std::move(inputs)) {
        check_compressed_rows({inputs_.row_starts.data(), inputs_.row_starts.size()},
                              {inputs_.column_numbers.data(), inputs_.column_numbers.size()},
                              inputs_.values.size(), inputs_.columns);
    }

    [[nodiscard]] std::optional<Index> sparse_row_entries() const override {
        const Index rows = row_count().value_or(0);
        return rows == 0 ? 0 : static_cast<Index>(inputs_.values.shape(0)) / rows;
    }

  protected:
    void read_inputs(Index first, Index count, Batch& batch) const override {
        SparseRows rows;
        rows.columns = inputs_.columns;
        for (Index i = first; i < first + count; ++i) {
            for (std::int64_t k = inputs_.row_starts.data()[i];
                 k < inputs_.row_starts.data()[i + 1]; ++k) {
                const double value = inputs_.values.data()[k];
                if (!std::isfinite(value))
                    refuse_value("X", value, i, inputs_.column_numbers.data()[k]);
                rows.column_numbers.push_back(inputs_.column_numbers.data()[k]);
                rows.values.push_back(value);
            }
            rows.row_starts.push_back(static_cast<Index>(rows.values.size()));
        }
        batch.inputs = std::move(rows);
    }

  private:
    CompressedArrays inputs_;
};

}  // namespace

void check_compressed_rows(std::span<const std::int64_t> row_starts,
                           std::span<const std::int64_t> column_numbers, std::size_t entries,
                           Index columns) {
    bool valid = !row_starts.empty() && row_starts.front() >= 0 &&
                 row_starts.back() <= static_cast<std::int64_t>(entries) &&
                 column_numbers.size() == entries &&
                 std::is_sorted(row_starts.begin(), row_starts.end());
    for (std::size_t i = 0; valid && i + 1 < row_starts.size(); ++i) {
        std::int64_t least = 0;
        for (auto k = static_cast<std::size_t>(row_starts[i]);
             k < static_cast<std::size_t>(row_starts[i + 1]); ++k) {
            valid = valid && column_numbers[k] >= least && column_numbers[k] < columns;
            least = column_numbers[k] + 1;
        }
    }
    if (!valid)
        throw InvalidArgument(
            "X: the sparse matrix is damaged; expected ascending columns within each row");
}

std::unique_ptr<RowReader> read_arrays(std::variant<DenseArray, CompressedArrays> inputs,
                                       ArrayDescription description) {
    if (auto* sparse = std::get_if<CompressedArrays>(&inputs))
        return std::make_unique<CompressedRows>(std::move(*sparse), std::move(description));
    return std::visit(
        [&]<typename T>(Rows2d<T>& array) -> std::unique_ptr<RowReader> {
            return std::make_unique<DenseRows<T>>(std::move(array), std::move(description));
        },
        std::get<DenseArray>(inputs));
}

}  // namespace sketchntk::python
