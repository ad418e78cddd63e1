#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sketchntk {

/// A decoded image: pixels in row-major order, each with its channels.
struct DecodedImage {
    std::vector<Index> shape;  ///< rows, columns, channels: 1 of grey images, 3 of coloured ones
    std::vector<std::uint8_t> values;
};

/// Decodes a PNG (by libspng) or JPEG file (by libjpeg-turbo), told apart by content. Values are
/// those that the file holds, without correction of gamma or colour profile.
/// @param where begins the messages: the file and, in a folder, the number of the image
/// @throws IoError if the file cannot be read; FormatError if it is damaged, truncated or of
/// another
///   format, has transparency, 16 bits a channel or CMYK colours.
[[nodiscard]] DecodedImage read_image_file(const std::string& path, const std::string& where);

}  // namespace sketchntk
