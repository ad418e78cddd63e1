#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>
#include <sketchntk/kernels/network.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// Rows x~ = [w_0 x / sqrt(d), b_0] as the first dense layer scales them (b_0 only if it is above
/// zero), divided by their lengths. A row without a direction stays zero. Sparse rows stay sparse:
/// b_0 is one more entry.
class UnitRows {
  public:
    /// @param rows_held memory for so many rows from the start, zero until they are given
    UnitRows(const Dense& first, Index inputs, Index rows_held = 0);

    /// Columns of the results.
    [[nodiscard]] Index dimension() const { return inputs_ + (bias_ > 0 ? 1 : 0); }

    /// The rows of x; what earlier calls gave is no longer valid.
    [[nodiscard]] MatrixView<const float> of(MatrixView<const float> x);
    [[nodiscard]] SparseRowsView of(SparseRowsView x);

    /// All dense rows that are held, those of the last call in front: a whole tile for products
    /// that must treat each row alike.
    [[nodiscard]] MatrixView<const float> tile() const { return dense_; }

    /// |x~| of the rows of the last call.
    [[nodiscard]] std::span<const double> lengths() const { return lengths_; }

    /// Bytes held after a call with so many rows.
    [[nodiscard]] static std::int64_t bytes(Index rows, Index dimension);
    /// The same for sparse rows of so many entries each.
    [[nodiscard]] static std::int64_t sparse_bytes(Index rows, Index entries);

  private:
    /// Appends |x~| and gives what x and b_0 are to be multiplied with.
    struct Factors {
        double entries;
        float bias;
    };
    Factors add_length(std::span<const float> values);

    Index inputs_;
    double scale_;
    double bias_;
    std::vector<double> lengths_;
    Matrix<float> dense_;
    std::vector<Index> row_starts_;
    std::vector<std::int64_t> columns_;
    std::vector<float> values_;
};

}  // namespace sketchntk
