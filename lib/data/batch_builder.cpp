#include "data/batch_builder.hpp"

#include "data/batch_storage.hpp"

#include <algorithm>

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

}  // namespace

void BatchBuilder::append(const Batch& from, Index row) {
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
    if (!from.weights.empty()) batch_.weights.push_back(from.weight(row));
    ++rows_;
}

void BatchBuilder::finish() {
    if (rows_ == 0) batch_ = {};
    if (auto* inputs = std::get_if<Matrix<double>>(&batch_.inputs)) inputs->resize_rows(rows_);
    batch_.targets.resize_rows(rows_);
}

void BatchBuilder::begin_like(const Batch& from) {
    if (std::holds_alternative<SparseRows>(from.inputs))
        batch_.inputs = SparseRows{};
    else
        batch_.inputs = without_rows(batch_, from.columns());
    batch_.targets = without_rows(std::move(batch_.targets), from.targets.columns());
    batch_.weights.clear();
}

}  // namespace sketchntk
