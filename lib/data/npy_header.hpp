#pragma once

#include <sketchntk/core/matrix.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sketchntk {

/// What the numbers of an array file are; only those that are read.
enum class NpyType {
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    boolean
};

[[nodiscard]] Index bytes_of(NpyType type);

/// The header of an array file.
struct NpyHeader {
    NpyType type = NpyType::float64;
    Index rows = 0;
    Index columns = 0;  ///< 1 for a one-dimensional array, the product of the rest for more
    std::vector<Index> shape;
    Index data_position = 0;  ///< bytes before the first number
};

/// Parses the beginning of a file, strictly: nothing but what the format allows.
/// @param beginning the bytes of the file, at least up to the end of the header.
/// @param path named in errors.
/// @throws FormatError if it is not the header of an array that this library reads.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view beginning, const std::string& path);

/// The header of a two-dimensional array in C order, padded so that the numbers begin on a multiple
/// of 64 bytes. `descr` is NumPy's name of the scalar type, e.g. "<f4".
[[nodiscard]] std::string npy_header(std::string_view descr, Index rows, Index columns);

}  // namespace sketchntk
