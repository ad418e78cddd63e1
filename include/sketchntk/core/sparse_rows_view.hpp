#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstdint>
#include <span>

namespace sketchntk {

/// Float32 rows in compressed sparse row form that somebody else owns: entry k of the arrays
/// belongs to row i where row_starts[i] <= k < row_starts[i + 1], has the value values[k] and
/// stands in column column_numbers[k]. Columns ascend within a row; what is not listed is zero.
class SparseRowsView {
  public:
    /// One row: its columns, ascending, and the values there.
    struct Row {
        std::span<const std::int64_t> columns;
        std::span<const float> values;
    };

    SparseRowsView() = default;
    /// @param row_starts rows + 1 positions in the two arrays
    SparseRowsView(Index columns, std::span<const Index> row_starts,
                   std::span<const std::int64_t> column_numbers, std::span<const float> values)
        : columns_(columns),
          row_starts_(row_starts),
          column_numbers_(column_numbers),
          values_(values) {}

    [[nodiscard]] Index rows() const {
        return row_starts_.empty() ? 0 : static_cast<Index>(row_starts_.size()) - 1;
    }
    [[nodiscard]] Index columns() const { return columns_; }
    /// Entries of all rows together.
    [[nodiscard]] Index nonzeros() const {
        return row_starts_.empty() ? 0 : row_starts_.back() - row_starts_.front();
    }

    /// Column numbers of the entries of all rows, row after row.
    [[nodiscard]] std::span<const std::int64_t> column_numbers() const {
        if (row_starts_.empty()) return {};
        return column_numbers_.subspan(static_cast<std::size_t>(row_starts_.front()),
                                       static_cast<std::size_t>(nonzeros()));
    }

    [[nodiscard]] Row row(Index i) const {
        const auto first = static_cast<std::size_t>(row_starts_[static_cast<std::size_t>(i)]);
        const auto last = static_cast<std::size_t>(row_starts_[static_cast<std::size_t>(i) + 1]);
        return {column_numbers_.subspan(first, last - first), values_.subspan(first, last - first)};
    }
    /// Rows [first, first + count), without a copy.
    [[nodiscard]] SparseRowsView middle_rows(Index first, Index count) const {
        return {columns_,
                row_starts_.subspan(static_cast<std::size_t>(first),
                                    static_cast<std::size_t>(count) + 1),
                column_numbers_, values_};
    }

  private:
    Index columns_ = 0;
    std::span<const Index> row_starts_;
    std::span<const std::int64_t> column_numbers_;
    std::span<const float> values_;
};

}  // namespace sketchntk
