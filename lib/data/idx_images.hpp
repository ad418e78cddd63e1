#pragma once

#include "data/image_sequence.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sketchntk {

/// Whether a file that begins so is an idx file.
[[nodiscard]] bool looks_like_idx(std::string_view beginning);

/// The images of an idx file (the format of MNIST: bytes 0, 0, type, number of dimensions, then the
/// lengths as big-endian 32-bit numbers, then the values), plain or compressed by gzip: n x rows x
/// columns, or n x rows x columns x channels, of bytes.
///
/// @param labels_path an idx file of n bytes, one for each image; empty for none
/// @throws IoError if a file cannot be read; FormatError for another content; DimensionMismatch if
///   there are not as many labels as images.
[[nodiscard]] std::unique_ptr<ImageSequence> open_idx_images(const std::string& path,
                                                             const std::string& labels_path);

/// The file of labels that lies beside a file of images and is named as it with "labels" for
/// "images" and "idx1" for "idx3", compressed or not; empty if there is none.
[[nodiscard]] std::string idx_labels_beside(const std::string& path);

}  // namespace sketchntk
