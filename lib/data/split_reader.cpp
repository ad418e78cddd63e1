#include "data/batch_storage.hpp"

#include <sketchntk/data/split_reader.hpp>

#include <utility>

namespace sketchntk {
namespace {

void append_row(const SparseRows& from, Index row, SparseRows& to) {
    const auto first = from.row_starts[static_cast<std::size_t>(row)];
    const auto last = from.row_starts[static_cast<std::size_t>(row) + 1];
    to.columns = from.columns;
    to.column_numbers.insert(to.column_numbers.end(), from.column_numbers.begin() + first,
                             from.column_numbers.begin() + last);
    to.values.insert(to.values.end(), from.values.begin() + first, from.values.begin() + last);
    to.row_starts.push_back(static_cast<Index>(to.values.size()));
}

void copy_row(const Matrix<double>& from, Index row, Matrix<double>& to, Index to_row) {
    const std::span<const double> cells = from.row(row);
    std::copy(cells.begin(), cells.end(), to.row(to_row).begin());
}

/// Collects rows into a batch of the same kind, dense or sparse, as they come in.
class BatchBuilder {
  public:
    BatchBuilder(Batch& batch, Index most_rows) : batch_(batch), most_rows_(most_rows) {}

    Index rows() const { return rows_; }

    void append(const Batch& from, Index row) {
        if (rows_ == 0) begin_like(from);
        if (const auto* sparse = std::get_if<SparseRows>(&from.inputs)) {
            append_row(*sparse, row, std::get<SparseRows>(batch_.inputs));
        } else {
            auto& inputs = std::get<Matrix<double>>(batch_.inputs);
            grow_to_hold(inputs, rows_, most_rows_);
            copy_row(std::get<Matrix<double>>(from.inputs), row, inputs, rows_);
        }
        grow_to_hold(batch_.targets, rows_, most_rows_);
        copy_row(from.targets, row, batch_.targets, rows_);
        ++rows_;
    }

    void finish() {
        if (rows_ == 0) batch_ = {};
        if (auto* inputs = std::get_if<Matrix<double>>(&batch_.inputs)) inputs->resize_rows(rows_);
        batch_.targets.resize_rows(rows_);
    }

  private:
    void begin_like(const Batch& from) {
        if (std::holds_alternative<SparseRows>(from.inputs))
            batch_.inputs = SparseRows{};
        else
            batch_.inputs = without_rows(batch_, from.columns());
        batch_.targets = without_rows(std::move(batch_.targets), from.targets.columns());
    }

    Batch& batch_;
    Index most_rows_;
    Index rows_ = 0;
};

}  // namespace

SplitReader::SplitReader(std::unique_ptr<RowReader> rows, RowSplit split, SplitPart part)
    : rows_(std::move(rows)), split_(std::move(split)), part_(part) {
    rewind();
}

void SplitReader::rewind() {
    rows_->rewind();
    source_ = {};
    source_row_ = 0;
    next_row_ = 0;
}

// Moves source_row_ to the next row of this part, reading on where needed.
bool SplitReader::next_selected(Index most_rows) {
    for (;; ++source_row_) {
        if (source_row_ == source_.rows()) {
            const Index rows_read = source_.first_row + source_.rows();
            if (!rows_->read(most_rows, source_)) {
                split_.check_row_count(rows_read);
                source_row_ = 0;
                return false;
            }
            source_row_ = 0;
        }
        const bool is_test = split_.is_test(source_.first_row + source_row_);
        if (is_test == (part_ == SplitPart::test)) return true;
    }
}

bool SplitReader::read(Index most_rows, Batch& batch) {
    check_batch_size(most_rows);
    BatchBuilder builder(batch, most_rows);
    while (builder.rows() < most_rows && next_selected(most_rows)) {
        builder.append(source_, source_row_);
        ++source_row_;
    }
    builder.finish();
    batch.first_row = next_row_;
    next_row_ += builder.rows();
    if (builder.rows() < most_rows) row_count_ = next_row_;
    return builder.rows() > 0;
}

}  // namespace sketchntk
