#pragma once

#include "data/image_sequence.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sketchntk {

/// The PNG and JPEG images in a folder (.png, .jpg, .jpeg): those of its sub-folders, whose names
/// in sorted order are the classes 0, 1, ..., or without sub-folders its own, unlabelled. Images
/// come in the order of their names, byte by byte, class after class. Hidden files, and files with
/// another ending, are left out.
///
/// @param known_classes the names of classes that have numbers already; empty for those of the
///   folder
/// @param on_bad_image if set, as `DataSource::on_bad_image`
/// @throws IoError if the folder cannot be read; FormatError for a folder without images, an empty
///   class, a class that is not known, images beside classes, images of other formats (.bmp, .gif,
///   .tif, .tiff, .webp), or a first image that cannot be read (see `read_image_file`). `next`
///   throws FormatError with both files for an image of another size than the first.
[[nodiscard]] std::unique_ptr<ImageSequence> open_image_folder(
    const std::string& path, const std::vector<std::string>& known_classes,
    const std::function<void(const std::string&)>& on_bad_image);

}  // namespace sketchntk
