#pragma once

#include "data/image_sequence.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sketchntk {

/// The images of CIFAR's binary batches, one file after the other: 32 x 32 pixels of 3 channels.
/// Records have 3,073 bytes (CIFAR-10: label, then 1,024 red, green and blue values) or 3,074
/// (CIFAR-100: coarse label, fine label, values); the fine label counts (Krizhevsky 2009,
/// https://www.cs.toronto.edu/~kriz/cifar.html).
///
/// @throws IoError if a file cannot be read; FormatError if its length is no multiple of a record.
[[nodiscard]] std::unique_ptr<ImageSequence> open_cifar_images(
    const std::vector<std::string>& paths);

/// The files data_batch_*.bin of a directory in the order of their numbers; none if it has none.
[[nodiscard]] std::vector<std::string> cifar_batches_in(const std::string& directory);

}  // namespace sketchntk
