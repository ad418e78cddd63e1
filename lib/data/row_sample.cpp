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
        if (split.is_test(row)) continue;
        const Index slot = slot_for(stream_.uniform(row, 0), row);
        if (slot < 0) continue;
        if (sparse != nullptr) {
            sparse->write_row(i, values_.row(slot));
        } else {
            const auto source = std::get<Matrix<double>>(batch.inputs).row(i);
            std::copy(source.begin(), source.end(), values_.row(slot).begin());
        }
        std::copy_n(batch.targets.row(i).begin(), targets, targets_.row(slot).begin());
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
    return {.first_row = 0,
            .inputs = gathered_rows(values_.view(), slots),
            .targets = gathered_rows(targets_.view(), slots)};
}

std::int64_t RowSample::bytes(Index size, Index columns) {
    return 8 * size * columns;
}

}  // namespace sketchntk
