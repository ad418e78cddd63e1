#pragma once

#include "data/input_file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sketchntk {

/// One array as the beginning of a container file describes it.
struct ArrayDescription {
    std::string name;
    bool is_float64 = false;
    Index rows = 0;
    Index columns = 0;
    std::uint64_t checksum = 0;

    [[nodiscard]] Index scalar_bytes() const { return is_float64 ? 8 : 4; }
};

/// The beginning of a container file: everything before the arrays. The layout is in
/// sketchntk/data/container.hpp.
struct ContainerDescription {
    std::string kind;
    std::uint32_t version = 1;
    std::string header;
    std::vector<ArrayDescription> arrays;
};

/// The bytes before the arrays.
[[nodiscard]] std::string encode(const ContainerDescription& description);

/// Reads and verifies the beginning of `file`; `end` is set to the first byte after it. Rows and
/// columns of the arrays are as the file has them, unchecked.
/// @throws FormatError if the file is no container, of a newer layout, truncated or damaged.
[[nodiscard]] ContainerDescription read_description(const InputFile& file, Index& end);

}  // namespace sketchntk
