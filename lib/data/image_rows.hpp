#pragma once

#include <sketchntk/data/data_source.hpp>

#include <memory>
#include <string>

namespace sketchntk {

/// The format of images that a path holds, as far as its name or kind tells: a directory, a .bin
/// file of CIFAR, an idx file; otherwise `automatic`.
[[nodiscard]] DataSource::Format image_format_by_name(const std::string& path);

/// Opens an idx file, CIFAR batches or a folder of images. `format` is one of these.
/// @param known the schema of an earlier data set whose columns these are to be, or null
/// @throws as `open_rows`
[[nodiscard]] std::unique_ptr<RowReader> open_image_rows(const DataSource& source,
                                                         DataSource::Format format,
                                                         const Schema* known);

}  // namespace sketchntk
