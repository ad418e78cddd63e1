#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sketchntk {

/// Images of one size, one after the other in the order of their file or folder.
class ImageSequence {
  public:
    virtual ~ImageSequence() = default;

    /// Rows and columns of pixels, and channels.
    [[nodiscard]] virtual const std::vector<Index>& shape() const = 0;
    [[nodiscard]] virtual Index count() const = 0;
    /// Whether each image has the number of a class.
    [[nodiscard]] virtual bool labelled() const = 0;
    /// The name of each class, a number where the data has no names; empty without labels.
    [[nodiscard]] virtual std::vector<std::string> class_names() const = 0;

    /// Writes the next image to `values`: pixels in row-major order, each with its channels.
    /// @returns the number of its class, from 0; 0 where images are not labelled.
    /// @throws FormatError or IoError that names the file and the number of the image.
    virtual Index next(std::span<std::uint8_t> values) = 0;

    /// Back to the first image.
    virtual void rewind() = 0;
};

/// "PATH: image 3 of 10", counted from 1: where errors are.
[[nodiscard]] std::string image_place(const std::string& path, Index image, Index count);

/// "0", "1", ...: the names of classes that have numbers alone.
[[nodiscard]] std::vector<std::string> numbered_classes(Index count);

/// @throws FormatError for an image without pixels or one of more than 2^22 values, which would be
///   a row with as many columns. @param where begins the message
void check_image_size(const std::vector<Index>& shape, const std::string& where);

}  // namespace sketchntk
