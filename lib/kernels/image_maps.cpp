#include "kernels/image_maps.hpp"

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

template <typename T>
std::vector<ImageMap<T>> maps_of(const std::vector<GroupMap<T>>& maps, Index lane) {
    std::vector<ImageMap<T>> result;
    for (const GroupMap<T>& map : maps) {
        ImageMap<T> of_image{map.columns, {}};
        of_image.values.reserve(static_cast<std::size_t>(map.rows * map.columns));
        for (auto k = static_cast<std::size_t>(lane); k < map.values.size(); k += lane_count<T>)
            of_image.values.push_back(map.values[k]);
        result.push_back(std::move(of_image));
    }
    return result;
}

}  // namespace

template <typename T>
PreparedImage<T> image_of(const PreparedGroup<T>& group, Index lane) {
    PreparedImage<T> image;
    image.channels = maps_of(group.channels, lane);
    for (const std::vector<GroupMap<T>>& maps : group.stages)
        image.stages.push_back(maps_of(maps, lane));
    image.on_rows = maps_of(group.on_rows, lane);
    return image;
}

template <typename T>
std::vector<GroupMap<T>> channels_of(MatrixView<const T> images, Index rows, Index columns) {
    const Index pixels = rows * columns, count = images.columns() / pixels;
    const double factor = 1 / std::sqrt(static_cast<double>(count));
    std::vector<GroupMap<T>> channels;
    for (Index c = 0; c < count; ++c) {
        GroupMap<T> map{rows, columns, {}};
        map.values.reserve(static_cast<std::size_t>(pixels * lane_count<T>));
        for (Index pixel = 0; pixel < pixels; ++pixel)
            for (Index lane = 0; lane < lane_count<T>; ++lane)
                map.values.push_back(static_cast<T>(
                    factor * static_cast<double>(
                                 images(std::min(lane, images.rows() - 1), pixel * count + c))));
        channels.push_back(std::move(map));
    }
    return channels;
}

template PreparedImage<float> image_of(const PreparedGroup<float>&, Index);
template PreparedImage<double> image_of(const PreparedGroup<double>&, Index);
template std::vector<GroupMap<float>> channels_of(MatrixView<const float>, Index, Index);
template std::vector<GroupMap<double>> channels_of(MatrixView<const double>, Index, Index);

}  // namespace sketchntk
