#pragma once

#include <sketchntk/core/sparse_rows_view.hpp>
#include <sketchntk/data/batch.hpp>

#include <variant>

namespace sketchntk {

/// The inputs of a batch as float32, without any preprocessing: sparse where they are sparse. What
/// sketches are applied to.
class FloatRows {
  public:
    /// @throws NumericalError naming row (within the data set) and column, from 1, of the first
    /// value
    ///   that leaves the range of float32.
    explicit FloatRows(const Batch& batch);

    [[nodiscard]] Index rows() const;
    [[nodiscard]] bool sparse() const { return std::holds_alternative<Sparse>(rows_); }

    /// Calls `use` with the rows, a MatrixView<const float> or a SparseRowsView.
    template <typename Use>
    decltype(auto) visit(const Use& use) const {
        if (const auto* dense = std::get_if<Matrix<float>>(&rows_)) return use(dense->view());
        const Sparse& held = std::get<Sparse>(rows_);
        return use(SparseRowsView(held.columns, held.row_starts, held.column_numbers, held.values));
    }

  private:
    struct Sparse {
        Index columns = 0;
        std::vector<Index> row_starts;
        std::vector<std::int64_t> column_numbers;
        std::vector<float> values;
    };
    [[nodiscard]] static std::variant<Matrix<float>, Sparse> converted(const Batch& batch);

    std::variant<Matrix<float>, Sparse> rows_;
};

}  // namespace sketchntk
