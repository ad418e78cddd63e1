#include "data/npy_header.hpp"
#include "data/npy_scalar.hpp"

#include <sketchntk/core/error.hpp>

namespace sketchntk {

namespace {

std::string shape(Index rows, Index columns) {
    return std::to_string(rows) + " x " + std::to_string(columns);
}

}  // namespace

NpyWriter::NpyWriter(const std::string& path, Index rows, Index columns, NpyScalar scalar)
    : file_(path), rows_(rows), columns_(columns), scalar_(scalar) {
    if (rows < 0 || columns < 0)
        throw InvalidArgument(path + ": an array of " + shape(rows, columns));
    const std::string header = npy_header(npy_name(scalar), rows, columns);
    file_.write(header);
    data_position_ = static_cast<Index>(header.size());
}

template <typename T>
void NpyWriter::append_rows(MatrixView<const T> rows) {
    const Index entries = rows.rows() * columns_;
    if (rows.columns() != columns_ || written_ + entries > rows_ * columns_)
        throw DimensionMismatch(file_.path() + ": " + shape(rows.rows(), rows.columns()) +
                                " more after " + std::to_string(written_.load()) + " entries of " +
                                shape(rows_, columns_));
    for (Index i = 0; i < rows.rows(); ++i)
        with_bytes<T>(scalar_, rows.row(i), [&](auto bytes) { file_.write(bytes); });
    written_ += entries;
}

void NpyWriter::append(MatrixView<const float> rows) {
    append_rows(rows);
}
void NpyWriter::append(MatrixView<const double> rows) {
    append_rows(rows);
}

template <typename T>
void NpyWriter::write_block(Index first_row, Index first_column, MatrixView<const T> tile) {
    if (first_row < 0 || first_column < 0 || first_row + tile.rows() > rows_ ||
        first_column + tile.columns() > columns_)
        throw DimensionMismatch(file_.path() + ": a tile of " + shape(tile.rows(), tile.columns()) +
                                " at (" + std::to_string(first_row) + ", " +
                                std::to_string(first_column) + ") leaves the array of " +
                                shape(rows_, columns_));
    for (Index i = 0; i < tile.rows(); ++i) {
        const Index entry = (first_row + i) * columns_ + first_column;
        with_bytes<T>(scalar_, tile.row(i), [&](auto bytes) {
            file_.write_at(data_position_ + entry * bytes_of(scalar_), bytes);
        });
    }
    written_ += tile.rows() * tile.columns();
}

void NpyWriter::write_tile(Index first_row, Index first_column, MatrixView<const float> tile) {
    write_block(first_row, first_column, tile);
}
void NpyWriter::write_tile(Index first_row, Index first_column, MatrixView<const double> tile) {
    write_block(first_row, first_column, tile);
}

void NpyWriter::commit() {
    if (written_ != rows_ * columns_)
        throw DimensionMismatch(file_.path() + ": " + std::to_string(written_.load()) +
                                " entries were written of " + shape(rows_, columns_));
    file_.commit();
}

}  // namespace sketchntk
