#include <sketchntk/core/error.hpp>
#include <sketchntk/data/row_sample.hpp>

#include <algorithm>
#include <string>
#include <tuple>

namespace sketchntk {

RowSample::RowSample(Index size, Index columns, Seed seed)
    : size_(size), stream_(seed, 0), values_(0, columns) {
    if (size < 0 || columns < 1)
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
            values_.resize_rows(std::min(size_, std::max(first_rows, 2 * count)));
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

void RowSample::add(const Batch& batch) {
    if (batch.columns() != values_.columns())
        throw DimensionMismatch("row sample: expected " + std::to_string(values_.columns()) +
                                " columns, got " + std::to_string(batch.columns()));
    const auto* sparse = std::get_if<SparseRows>(&batch.inputs);
    for (Index i = 0; i < batch.rows(); ++i) {
        const Index row = batch.first_row + i;
        const Index slot = slot_for(stream_.uniform(row, 0), row);
        if (slot < 0) continue;
        if (sparse != nullptr) {
            sparse->write_row(i, values_.row(slot));
        } else {
            const auto source = std::get<Matrix<double>>(batch.inputs).row(i);
            std::copy(source.begin(), source.end(), values_.row(slot).begin());
        }
    }
}

Batch RowSample::rows() const {
    std::vector<Kept> in_order = kept_;
    std::sort(in_order.begin(), in_order.end(),
              [](const Kept& a, const Kept& b) { return a.row < b.row; });
    Matrix<double> inputs(static_cast<Index>(in_order.size()), values_.columns());
    for (std::size_t k = 0; k < in_order.size(); ++k) {
        const auto source = values_.row(in_order[k].slot);
        std::copy(source.begin(), source.end(), inputs.row(static_cast<Index>(k)).begin());
    }
    const Index rows = inputs.rows();
    return {.first_row = 0, .inputs = std::move(inputs), .targets = Matrix<double>(rows, 0)};
}

std::int64_t RowSample::bytes(Index size, Index columns) {
    return 8 * size * columns;
}

}  // namespace sketchntk
