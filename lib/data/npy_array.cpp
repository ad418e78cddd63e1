#include "data/npy_array.hpp"

#include <sketchntk/core/error.hpp>

#include <Eigen/Core>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace sketchntk {

namespace {

static_assert(std::endian::native == std::endian::little,
              "array files are little-endian and are read without conversion");

template <typename T>
void convert(const char* bytes, std::span<double> out) {
    for (double& value : out) {
        T number{};
        std::memcpy(&number, bytes, sizeof number);
        value = static_cast<double>(number);
        bytes += sizeof number;
    }
}

void convert(NpyType type, const char* bytes, std::span<double> out) {
    switch (type) {
        case NpyType::float16:
            return convert<Eigen::half>(bytes, out);
        case NpyType::float32:
            return convert<float>(bytes, out);
        case NpyType::float64:
            return convert<double>(bytes, out);
        case NpyType::int8:
            return convert<std::int8_t>(bytes, out);
        case NpyType::int16:
            return convert<std::int16_t>(bytes, out);
        case NpyType::int32:
            return convert<std::int32_t>(bytes, out);
        case NpyType::int64:
            return convert<std::int64_t>(bytes, out);
        case NpyType::boolean:
        case NpyType::uint8:
            return convert<std::uint8_t>(bytes, out);
        case NpyType::uint16:
            return convert<std::uint16_t>(bytes, out);
        case NpyType::uint32:
            return convert<std::uint32_t>(bytes, out);
        case NpyType::uint64:
            return convert<std::uint64_t>(bytes, out);
    }
}

void require_exact_length(const std::string& path, const NpyHeader& header, Index size) {
    Index bytes = 0;
    if (__builtin_mul_overflow(header.rows, header.columns, &bytes) ||
        __builtin_mul_overflow(bytes, bytes_of(header.type), &bytes) ||
        bytes != size - header.data_position)
        throw FormatError(path + ": the header promises " + std::to_string(header.rows) + " x " +
                          std::to_string(header.columns) + " numbers of " +
                          std::to_string(bytes_of(header.type)) + " bytes, the file has " +
                          std::to_string(size - header.data_position) + " bytes of data");
}

}  // namespace

NpyArray::NpyArray(const std::string& path)
    : file_(path), header_(parse_npy_header(file_.bytes(), path)) {
    require_exact_length(path, header_, static_cast<Index>(file_.bytes().size()));
}

void NpyArray::read_row(Index row, std::span<double> out) const {
    const char* bytes = file_.bytes().data() + header_.data_position + row * row_bytes();
    convert(header_.type, bytes, out);
    for (std::size_t column = 0; column < out.size(); ++column)
        if (!std::isfinite(out[column]))
            throw FormatError(path() + ": " + place(row, static_cast<Index>(column)) + " is " +
                              std::to_string(out[column]) + "; expected a finite number");
}

// Of images the indices along all axes, each from 1.
std::string NpyArray::place(Index row, Index column) const {
    if (!holds_images())
        return "row " + std::to_string(row + 1) + ", column " + std::to_string(column + 1);
    std::string indices;
    Index rest = column;
    for (std::size_t axis = header_.shape.size() - 1; axis > 0; --axis) {
        const Index length = header_.shape[axis];
        const std::string index = std::to_string(rest % length + 1);
        const bool last = axis + 1 == header_.shape.size();
        indices = last ? ", channel " + index
                       : (indices.starts_with(',') ? index : index + ", ") + indices;
        rest /= length;
    }
    return "image " + std::to_string(row + 1) + ", pixel " + indices;
}

void NpyArray::release_rows(Index first, Index end) const {
    file_.release(header_.data_position + first * row_bytes(),
                  header_.data_position + end * row_bytes());
}

}  // namespace sketchntk
