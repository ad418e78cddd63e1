#include "core/gathered_rows.hpp"

#include <sketchntk/kernels/fully_connected_columns.hpp>

namespace sketchntk {

namespace {

// K at chosen columns, and all rows or chosen ones.
class SelectedTiles final : public KernelTiles<float> {
  public:
    SelectedTiles(const KernelTiles<float>& kernel, std::span<const Index> columns,
                  bool rows_as_columns)
        : kernel_(kernel),
          columns_(columns.begin(), columns.end()),
          rows_as_columns_(rows_as_columns) {}

    [[nodiscard]] Index rows() const override {
        return rows_as_columns_ ? columns() : kernel_.rows();
    }
    [[nodiscard]] Index columns() const override { return static_cast<Index>(columns_.size()); }
    [[nodiscard]] bool symmetric() const override { return rows_as_columns_; }

    void tile(Index first_row, Index first_column, MatrixView<float> out) const override {
        for (Index b = 0; b < out.columns(); ++b) {
            const Index column = columns_[static_cast<std::size_t>(first_column + b)];
            if (!rows_as_columns_) {
                kernel_.tile(first_row, column, out.middle_columns(b, 1));
                continue;
            }
            for (Index a = 0; a < out.rows(); ++a)
                kernel_.tile(columns_[static_cast<std::size_t>(first_row + a)], column,
                             out.middle_rows(a, 1).middle_columns(b, 1));
        }
    }

  private:
    const KernelTiles<float>& kernel_;
    std::vector<Index> columns_;
    bool rows_as_columns_;
};

}  // namespace

std::vector<double> FullyConnectedColumns::diagonal() const {
    return FullyConnectedKernel<float>(network_, kind_, x_).diagonal();
}

std::unique_ptr<const KernelTiles<float>> FullyConnectedColumns::columns(
    std::span<const Index> numbers) const {
    const Matrix<float> rows = gathered_rows(x_, numbers);
    return std::make_unique<FullyConnectedKernel<float>>(network_, kind_, x_, rows.view());
}

std::unique_ptr<const KernelTiles<float>> FullyConnectedColumns::principal(
    std::span<const Index> numbers) const {
    const Matrix<float> rows = gathered_rows(x_, numbers);
    return std::make_unique<FullyConnectedKernel<float>>(network_, kind_, rows.view());
}

std::unique_ptr<const KernelTiles<float>> TileColumns::columns(
    std::span<const Index> numbers) const {
    return std::make_unique<SelectedTiles>(kernel_, numbers, false);
}

std::unique_ptr<const KernelTiles<float>> TileColumns::principal(
    std::span<const Index> numbers) const {
    return std::make_unique<SelectedTiles>(kernel_, numbers, true);
}

}  // namespace sketchntk
