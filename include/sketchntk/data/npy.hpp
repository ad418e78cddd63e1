#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/data/atomic_file.hpp>
#include <sketchntk/data/row_reader.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace sketchntk {

/// A reader of the rows of a NumPy array file (.npy, format versions 1 to 3; NumPy Enhancement
/// Proposal 1). The file is mapped into memory, and pages that have been read are given back, so
/// that memory does not grow with the file.
///
/// The array is n x d in C order, or one-dimensional, which counts as n x 1, or one of images, n x
/// H x W x C, which counts as n x (H W C); little-endian float16, float32, float64, integers of 1,
/// 2, 4 and 8 bytes or bool. Integers past 2^53 are rounded to float64.
///
/// @param target_columns the columns that are targets, in this order, from 0; the others are the
///   inputs. Columns are named by their number, from 1.
/// @throws IoError if the file cannot be read; FormatError if it is no such array or its length is
///   not what its header promises (and `read` throws it, with row and column from 1, for NaN and
///   infinity); InvalidArgument if a target column does not exist, is given twice or leaves no
///   input.
[[nodiscard]] std::unique_ptr<RowReader> open_npy(const std::string& path,
                                                  const std::vector<Index>& target_columns = {});

/// As above, with the targets in an array file of their own: row i of both belongs together. They
/// are named "target 1" and so on.
/// @throws DimensionMismatch if the two files have not the same number of rows.
[[nodiscard]] std::unique_ptr<RowReader> open_npy(const std::string& path,
                                                  const std::string& target_path);

/// All of a small array; see `open_npy` for what is read and what is thrown.
[[nodiscard]] Matrix<double> read_npy(const std::string& path);

/// The lengths of an array file along its dimensions, at most five; see `open_npy` for what is
/// thrown.
[[nodiscard]] std::vector<Index> npy_shape(const std::string& path);

/// float16 holds numbers up to 65504, with 11 binary digits.
enum class NpyScalar { float16, float32, float64 };

/// Writes a rows x columns array file piece by piece, whole or not at all (see AtomicFile). Numbers
/// are rounded to the file's scalar type where they come in the other.
class NpyWriter {
  public:
    /// @throws IoError if the file cannot be written, InvalidArgument for a negative size.
    NpyWriter(const std::string& path, Index rows, Index columns, NpyScalar scalar);

    /// Writes the next rows.
    /// @throws DimensionMismatch for another number of columns or more rows than were announced,
    ///   IoError if the operating system refuses, InvalidArgument for a number past float16's
    ///   largest, where that is the file's scalar.
    void append(MatrixView<const float> rows);
    void append(MatrixView<const double> rows);

    /// Writes the block whose upper left entry is (first_row, first_column); one system call for
    /// each of its rows, so wide blocks are cheaper. May be called from several threads for blocks
    /// that do not overlap. A file is written by `append` or by `write_tile`, not by both.
    /// @throws DimensionMismatch if the block does not lie within the array, IoError as `append`.
    void write_tile(Index first_row, Index first_column, MatrixView<const float> tile);
    void write_tile(Index first_row, Index first_column, MatrixView<const double> tile);

    /// Moves the finished file to its place.
    /// @throws DimensionMismatch if not as many entries were written as the array has.
    void commit();

  private:
    template <typename T>
    void append_rows(MatrixView<const T> rows);
    template <typename T>
    void write_block(Index first_row, Index first_column, MatrixView<const T> tile);

    AtomicFile file_;
    Index rows_;
    Index columns_;
    NpyScalar scalar_;
    Index data_position_ = 0;
    std::atomic<Index> written_{0};  ///< entries so far
};

}  // namespace sketchntk
