#include "features/unit_rows.hpp"

#include "features/row_length.hpp"

namespace sketchntk {

UnitRows::UnitRows(const Dense& first, Index inputs, Index rows_held)
    : inputs_(inputs),
      scale_(first.w_std / std::sqrt(static_cast<double>(inputs))),
      bias_(first.b_std),
      dense_(rows_held, dimension()) {}

UnitRows::Factors UnitRows::add_length(std::span<const float> values) {
    const double length = std::hypot(scale_ * std::sqrt(sum_of_squares(values)), bias_);
    lengths_.push_back(length);
    if (length == 0) return {0, 0};
    return {scale_ / length, static_cast<float>(bias_ / length)};
}

MatrixView<const float> UnitRows::of(MatrixView<const float> x) {
    lengths_.clear();
    if (dense_.rows() < x.rows()) dense_.resize_rows(x.rows());
    for (Index i = 0; i < x.rows(); ++i) {
        const Factors factors = add_length(x.row(i));
        for (Index j = 0; j < inputs_; ++j)
            dense_(i, j) = static_cast<float>(factors.entries * static_cast<double>(x(i, j)));
        if (bias_ > 0) dense_(i, inputs_) = factors.bias;
    }
    return dense_.view().middle_rows(0, x.rows());
}

SparseRowsView UnitRows::of(SparseRowsView x) {
    lengths_.clear();
    row_starts_.assign(1, 0);
    columns_.clear();
    values_.clear();
    for (Index i = 0; i < x.rows(); ++i) {
        const SparseRowsView::Row row = x.row(i);
        const Factors factors = add_length(row.values);
        columns_.insert(columns_.end(), row.columns.begin(), row.columns.end());
        for (const float value : row.values)
            values_.push_back(static_cast<float>(factors.entries * static_cast<double>(value)));
        if (bias_ > 0) {
            columns_.push_back(inputs_);
            values_.push_back(factors.bias);
        }
        row_starts_.push_back(static_cast<Index>(values_.size()));
    }
    return {dimension(), row_starts_, columns_, values_};
}

std::int64_t UnitRows::bytes(Index rows, Index dimension) {
    return rows * (4 * dimension + 8);
}

std::int64_t UnitRows::sparse_bytes(Index rows, Index entries) {
    return rows * (12 * (entries + 1) + 16);
}

}  // namespace sketchntk
