#pragma once

#include <sketchntk/data/batch.hpp>

#include <optional>

namespace sketchntk {

/// A data set that can be read from the front as often as wanted, some rows at a time. No reader
/// holds more of it than the batch it is asked for.
class RowReader {
  public:
    virtual ~RowReader() = default;

    [[nodiscard]] virtual const Schema& schema() const = 0;

    /// Replaces `batch` by the next rows, at most `most_rows` of them.
    /// @returns false, with an empty batch, at the end of the data.
    /// @throws FormatError for a ragged row, a cell that is not a number, NaN or infinity: the
    ///   message names file, line and column.
    [[nodiscard]] virtual bool read(Index most_rows, Batch& batch) = 0;

    /// Back to the first row.
    virtual void rewind() = 0;

    /// Rows in all, where that is known without reading the data.
    [[nodiscard]] virtual std::optional<Index> row_count() const = 0;

    /// Where batches hold sparse rows: about how many entries each row has, from as much of the
    /// data as has been looked at when it was opened.
    [[nodiscard]] virtual std::optional<Index> sparse_row_entries() const { return std::nullopt; }

    /// Where rows are images: their pixels along each axis and, last, their channels, e.g. {32, 32,
    /// 3}; pixels are in row-major order, each with its channels. Empty for other rows.
    [[nodiscard]] virtual std::vector<Index> image_shape() const { return {}; }

    /// The same without the channels.
    [[nodiscard]] std::vector<Index> image_pixels() const {
        std::vector<Index> shape = image_shape();
        if (!shape.empty()) shape.pop_back();
        return shape;
    }
};

}  // namespace sketchntk
