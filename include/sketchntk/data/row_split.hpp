#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sketchntk {

/// Says of every row of a data set whether it is for training or for testing. A small value, except
/// that a mask holds one bit for each row (copies share it).
class RowSplit {
  public:
    /// All rows are for training.
    [[nodiscard]] static RowSplit none() { return {}; }

    /// Each row is for testing with probability `fraction`, independently of the others: row i if
    /// and only if U(i) < fraction, where U(i) in [0, 1) depends on `seed` and i alone.
    /// @throws InvalidArgument unless 0 < fraction < 1.
    [[nodiscard]] static RowSplit fraction(double fraction, Seed seed);

    /// The rows that have a 1 in a column of a mask file, which has one row for each row of the
    /// data and one column of 0 and 1 for each split: text in the format csv, plain or compressed
    /// by gzip, or .npy. @param column number of the column, from 1; -1 is the last.
    /// @throws IoError, FormatError for another value than 0 or 1, InvalidArgument if the column
    ///   does not exist.
    [[nodiscard]] static RowSplit mask_file(const std::string& path, Index column);

    /// Whether row number `row`, from 0, is for testing.
    /// @throws DimensionMismatch if the mask has fewer rows.
    [[nodiscard]] bool is_test(Index row) const;

    /// To be called with the number of rows once that is known.
    /// @throws DimensionMismatch if the mask has another number of rows.
    void check_row_count(Index rows) const;

  private:
    struct Mask {
        std::string path;
        std::vector<bool> is_test;
    };

    RowSplit() = default;

    double fraction_ = 0;
    RandomStream uniforms_{Seed{}, 0};
    std::shared_ptr<const Mask> mask_;
};

}  // namespace sketchntk
