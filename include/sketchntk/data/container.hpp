#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace sketchntk {

/// A matrix with the name under which a container holds it.
struct ContainerArray {
    std::string name;
    std::variant<Matrix<float>, Matrix<double>> values;

    bool operator==(const ContainerArray&) const = default;
};

/// What one file of this project holds: a header of text (JSON, by convention of whoever owns the
/// kind) and named matrices.
///
/// The file, all numbers little-endian, is
/// ```
/// byte 0   16 bytes  "sketchntk file\r\n"
///      16  uint32    version of this layout: 1
///      20  uint32    version of the kind
///      24  uint64    D, bytes in the description
///      32  uint64    XXH3 (64 bits) of bytes 0 to 31 followed by the description
///      40  D bytes   description: text kind, text header, uint32 number of arrays, then for each
///                    array: text name, uint32 scalar (1 float32, 2 float64), int64 rows,
///                    int64 columns, uint64 XXH3 of its bytes
///  40 + D            the arrays in that order, row-major, each begun on the next multiple of 64
///                    bytes; the bytes between are zero and the file ends with the last array
/// ```
/// where a text is a uint64 length and that many bytes. Every byte is covered by a checksum or has
/// to have one known value, so that damage is found wherever it is.
struct Container {
    std::string kind;           ///< what the file is, e.g. "model"
    std::uint32_t version = 1;  ///< version of the kind, from 1
    std::string header;
    std::vector<ContainerArray> arrays;

    /// The array of that name and scalar type.
    /// @throws FormatError if there is none; it does not name the file.
    [[nodiscard]] const Matrix<double>& float64_array(const std::string& name) const;
    [[nodiscard]] const Matrix<float>& float32_array(const std::string& name) const;

    bool operator==(const Container&) const = default;
};

/// What a container holds, without its matrices.
struct ContainerSummary {
    struct Array {
        std::string name;
        bool is_float64 = false;
        Index rows = 0;
        Index columns = 0;

        bool operator==(const Array&) const = default;
    };

    std::string kind;
    std::uint32_t version = 0;
    std::string header;
    std::vector<Array> arrays;
    Index bytes = 0;  ///< size of the file
};

/// Writes `container` to `path`, whole or not at all.
/// @throws IoError if the file cannot be written, InvalidArgument if two arrays share a name.
void write_container(const std::string& path, const Container& container);

/// Reads a file that holds `kind` in a version up to `newest_version`.
/// @throws IoError if the file cannot be read, FormatError if it is no such file, is newer than
/// this
///   build, or is truncated, prolonged or damaged in any byte. Nothing is allocated that the file's
///   own length does not account for, so a hostile file is safe to read.
[[nodiscard]] Container read_container(const std::string& path, const std::string& kind,
                                       std::uint32_t newest_version);

/// The bytes of such a file, in memory.
/// @throws InvalidArgument if two arrays share a name.
[[nodiscard]] std::string container_bytes(const Container& container);

/// Reads the bytes of such a file.
/// @param name of the bytes, for messages
/// @throws FormatError as the other `read_container`.
[[nodiscard]] Container read_container(const std::string& name, std::span<const std::byte> bytes,
                                       const std::string& kind, std::uint32_t newest_version);

/// Reads what a container of any kind and version holds; its arrays are neither read nor verified.
/// @throws as `read_container`.
[[nodiscard]] ContainerSummary summarise_container(const std::string& path);

}  // namespace sketchntk
