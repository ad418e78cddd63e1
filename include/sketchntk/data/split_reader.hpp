#pragma once

#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/data/row_split.hpp>

#include <memory>

namespace sketchntk {

enum class SplitPart { training, test };

/// The rows of one part of a split of another reader, numbered on their own from 0. Streams: holds
/// one batch of the other reader. Every batch but the last has as many rows as were asked for;
/// sparse rows stay sparse.
class SplitReader final : public RowReader {
  public:
    SplitReader(std::unique_ptr<RowReader> rows, RowSplit split, SplitPart part);

    [[nodiscard]] const Schema& schema() const override { return rows_->schema(); }
    /// @throws as the other reader, and DimensionMismatch if a mask has not one row for each of its
    ///   rows.
    [[nodiscard]] bool read(Index most_rows, Batch& batch) override;
    void rewind() override;
    [[nodiscard]] std::optional<Index> row_count() const override { return row_count_; }
    [[nodiscard]] std::optional<Index> sparse_row_entries() const override {
        return rows_->sparse_row_entries();
    }
    [[nodiscard]] std::vector<Index> image_shape() const override { return rows_->image_shape(); }

  private:
    bool next_selected(Index most_rows);

    std::unique_ptr<RowReader> rows_;
    RowSplit split_;
    SplitPart part_;
    Batch source_;
    Index source_row_ = 0;  ///< the next row of source_ to look at
    Index next_row_ = 0;
    std::optional<Index> row_count_;
};

}  // namespace sketchntk
