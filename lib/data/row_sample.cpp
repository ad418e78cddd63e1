#include "core/gathered_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/row_sample.hpp>

#include <algorithm>
#include <string>
#include <tuple>

namespace sketchntk {

RowSample::RowSample(Index size, Index columns, Seed seed, Index targets)
    : size_(size), stream_(seed, 0), values_(0, columns), targets_(0, targets) {
    if (size < 0 || columns < 1 || targets < 0)
        throw InvalidArgument("row sample: expected a size of at least 0 and at least one column");
}

bool RowSample::before(const Kept& a, const Kept& b) {
    return std::tie(a.key, a.row) < std::tie(b.key, b.row);
}

Index RowSample::slot_for(double key, Index row) {
    const auto count = static_cast<Index>(kept_.size());
    if (count < size_) {
        kept_.push_back({key, row, count});
        std::push_heap(kept_.begin(), kept_.end(), before);
        if (values_.rows() <= count) {
            constexpr Index first_rows = 256;
            const Index rows = std::min(size_, std::max(first_rows, 2 * count));
            values_.resize_rows(rows);
            targets_.resize_rows(rows);
        }
        return count;
    }
    if (size_ == 0 || !before({key, row, 0}, kept_.front())) return -1;
    std::pop_heap(kept_.begin(), kept_.end(), before);
    const Index slot = kept_.back().slot;
    kept_.back() = {key, row, slot};
    std::push_heap(kept_.begin(), kept_.end(), before);
    return slot;
}

void RowSample::add(const Batch& batch, const RowSplit& split) {
    if (batch.columns() != values_.columns())
        throw DimensionMismatch("row sample: expected " + std::to_string(values_.columns()) +
                                " columns, got " + std::to_string(batch.columns()));
    const Index targets = targets_.columns();
    if (targets > 0 && batch.targets.columns() != targets)
        throw DimensionMismatch("row sample: expected " + std::to_string(targets) +
                                " targets, got " + std::to_string(batch.targets.columns()));
    const auto* sparse = std::get_if<SparseRows>(&batch.inputs);
    for (Index i = 0; i < batch.rows(); ++i) {
        const Index row = batch.first_row + i;
        if (split.is_test(row) || batch.weight(i) == 0) continue;
        const Index slot = slot_for(stream_.uniform(row, 0), row);
        if (slot < 0) continue;
        if (sparse != nullptr) {
            sparse->write_row(i, values_.row(slot));
        } else {
            const auto source = std::get<Matrix<double>>(batch.inputs).row(i);
            std::copy(source.begin(), source.end(), values_.row(slot).begin());
        }
        std::copy_n(batch.targets.row(i).begin(), targets, targets_.row(slot).begin());
        keep_weight(slot, batch.weight(i));
    }
}

void RowSample::keep_weight(Index slot, double weight) {
    if (weights_.empty() && weight == 1) return;
    weights_.resize(static_cast<std::size_t>(values_.rows()), 1.0);
    weights_[static_cast<std::size_t>(slot)] = weight;
}

double RowSample::weight_of(Index slot) const {
    const auto k = static_cast<std::size_t>(slot);
    return k < weights_.size() ? weights_[k] : 1.0;
}

void RowSample::merge(const RowSample& other) {
    if (other.size_ != size_ || other.values_.columns() != values_.columns() ||
        other.targets_.columns() != targets_.columns())
        throw DimensionMismatch("row sample: expected one of " + std::to_string(size_) +
                                " rows of " + std::to_string(values_.columns()) + " columns and " +
                                std::to_string(targets_.columns()) + " targets, got one of " +
                                std::to_string(other.size_) + " rows of " +
                                std::to_string(other.values_.columns()) + " and " +
                                std::to_string(other.targets_.columns()));
    for (const Kept& kept : other.kept_)
        keep_row(kept.key, kept.row, other.weight_of(kept.slot), other.values_.row(kept.slot),
                 other.targets_.row(kept.slot));
}

void RowSample::keep_row(double key, Index row, double weight, std::span<const double> values,
                         std::span<const double> targets) {
    const Index slot = slot_for(key, row);
    if (slot < 0) return;
    std::copy(values.begin(), values.end(), values_.row(slot).begin());
    std::copy(targets.begin(), targets.end(), targets_.row(slot).begin());
    keep_weight(slot, weight);
}

Matrix<double> RowSample::kept() const {
    std::vector<Kept> in_order = kept_;
    std::sort(in_order.begin(), in_order.end(),
              [](const Kept& a, const Kept& b) { return a.row < b.row; });
    Matrix<double> rows(static_cast<Index>(in_order.size()),
                        2 + values_.columns() + targets_.columns());
    for (std::size_t k = 0; k < in_order.size(); ++k) {
        const Kept& of_row = in_order[k];
        auto to = rows.row(static_cast<Index>(k)).begin();
        *to++ = static_cast<double>(of_row.row);
        *to++ = weight_of(of_row.slot);
        const auto values = values_.row(of_row.slot);
        const auto targets = targets_.row(of_row.slot);
        std::copy(targets.begin(), targets.end(), std::copy(values.begin(), values.end(), to));
    }
    return rows;
}

void RowSample::keep(MatrixView<const double> rows) {
    if (!rows.empty() && rows.columns() != 2 + values_.columns() + targets_.columns())
        throw DimensionMismatch("row sample: expected rows of " +
                                std::to_string(2 + values_.columns() + targets_.columns()) +
                                " numbers, got " + std::to_string(rows.columns()));
    for (Index i = 0; i < rows.rows(); ++i) {
        const auto numbers = rows.row(i);
        const auto row = static_cast<Index>(numbers[0]);
        const auto columns = static_cast<std::size_t>(values_.columns());
        keep_row(stream_.uniform(row, 0), row, numbers[1], numbers.subspan(2, columns),
                 numbers.subspan(2 + columns));
    }
}

Batch RowSample::rows(Index size) const {
    std::vector<Kept> chosen = kept_;
    std::sort(chosen.begin(), chosen.end(), before);
    if (static_cast<Index>(chosen.size()) > size) chosen.erase(chosen.begin() + size, chosen.end());
    std::sort(chosen.begin(), chosen.end(),
              [](const Kept& a, const Kept& b) { return a.row < b.row; });
    std::vector<Index> slots;
    for (const Kept& kept : chosen) slots.push_back(kept.slot);
    Batch batch{.first_row = 0,
                .inputs = gathered_rows(values_.view(), slots),
                .targets = gathered_rows(targets_.view(), slots)};
    if (!weights_.empty())
        for (const Index slot : slots) batch.weights.push_back(weight_of(slot));
    return batch;
}

std::int64_t RowSample::bytes(Index size, Index columns) {
    return 8 * size * columns;
}

}  // namespace sketchntk
