#pragma once

#include "kernels/slice_loops.hpp"

#include <sketchntk/core/matrix.hpp>

#include <vector>

namespace sketchntk {

/// A map of as many images as there are lanes, side by side: a channel, or what their pixels bring
/// to an activation or layer norm. Number (row columns + column) lane_count + lane.
template <typename T>
struct GroupMap {
    Index rows;
    Index columns;
    AlignedVector<T> values;
};

/// The same map of one of these images.
template <typename T>
struct ImageMap {
    Index columns;
    std::vector<T> values;
};

/// What an image, or a group of them, brings to its pairs. Maps for activations are in the order in
/// which the network meets them: a rectifier takes two, deviations and their inverses, other
/// activations and layer norm one, the variances.
template <typename Map>
struct PreparedMaps {
    std::vector<Map> channels;             ///< divided by the root of their number
    std::vector<std::vector<Map>> stages;  ///< for the activations of each stage
    std::vector<Map> on_rows;              ///< for those behind the pixels, each of one entry
};

/// The images of columns of the kernel matrix, and the image of a row.
template <typename T>
using PreparedGroup = PreparedMaps<GroupMap<T>>;
template <typename T>
using PreparedImage = PreparedMaps<ImageMap<T>>;

/// One of the images of a group. Cost: a read from every vector of the group.
template <typename T>
[[nodiscard]] PreparedImage<T> image_of(const PreparedGroup<T>& group, Index lane);

/// The channels of a group, divided by the root of their number. Lanes behind the last image repeat
/// it.
/// @param images a row for each: pixels in row-major order, each with its channels; at most
///   `lane_count` of them
template <typename T>
[[nodiscard]] std::vector<GroupMap<T>> channels_of(MatrixView<const T> images, Index rows,
                                                   Index columns);

}  // namespace sketchntk
