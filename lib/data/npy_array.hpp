#pragma once

#include "data/mapped_file.hpp"
#include "data/npy_header.hpp"

namespace sketchntk {

/// The array in a .npy file, converted to float64 row by row on demand.
class NpyArray {
  public:
    /// @throws IoError, FormatError as `open_npy`.
    explicit NpyArray(const std::string& path);

    [[nodiscard]] const std::string& path() const { return file_.path(); }
    [[nodiscard]] Index rows() const { return header_.rows; }
    [[nodiscard]] Index columns() const { return header_.columns; }
    [[nodiscard]] const std::vector<Index>& shape() const { return header_.shape; }
    /// Whether rows have pixels and channels.
    [[nodiscard]] bool holds_images() const { return header_.shape.size() >= 3; }

    /// Row `row` as float64.
    /// @throws FormatError if one of its entries is not finite.
    void read_row(Index row, std::span<double> out) const;

    /// Gives back the memory of rows [first, end).
    void release_rows(Index first, Index end) const;

  private:
    [[nodiscard]] std::string place(Index row, Index column) const;
    [[nodiscard]] Index row_bytes() const { return header_.columns * bytes_of(header_.type); }

    MappedFile file_;
    NpyHeader header_;
};

}  // namespace sketchntk
