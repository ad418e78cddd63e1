#include "kernels/pixel_windows.hpp"

#include <algorithm>

namespace sketchntk::testing {

namespace {

Index along_axis(const Extent& extent, std::size_t axis) {
    return extent.size() == 1 ? extent[0] : extent[axis];
}

Index output_count(Index inputs, Index window, Index stride, Padding padding) {
    if (padding == Padding::valid) return (inputs - window) / stride + 1;
    return (inputs + stride - 1) / stride;
}

/// For each output of one axis the inputs of its window, or -1.
std::vector<std::vector<Index>> axis_windows(Index inputs, Index window, Index stride,
                                             Padding padding) {
    const Index outputs = output_count(inputs, window, stride, padding);
    Index before = 0;
    if (padding != Padding::valid)
        before = std::max<Index>(0, (outputs - 1) * stride + window - inputs) / 2;
    std::vector<std::vector<Index>> windows;
    for (Index output = 0; output < outputs; ++output) {
        std::vector<Index> seen;
        for (Index offset = 0; offset < window; ++offset) {
            Index input = output * stride + offset - before;
            if (padding == Padding::circular) input = (input + inputs) % inputs;
            seen.push_back(input >= 0 && input < inputs ? input : -1);
        }
        windows.push_back(seen);
    }
    return windows;
}

}  // namespace

std::vector<std::vector<Index>> pixel_windows(const ImageShape& shape, const Extent& window,
                                              const Extent& stride, Padding padding) {
    const auto rows = axis_windows(shape[0], along_axis(window, 0), along_axis(stride, 0), padding);
    if (shape.size() == 1) return rows;
    const auto columns =
        axis_windows(shape[1], along_axis(window, 1), along_axis(stride, 1), padding);
    std::vector<std::vector<Index>> windows;
    for (const std::vector<Index>& of_row : rows)
        for (const std::vector<Index>& of_column : columns) {
            std::vector<Index> seen;
            for (const Index row : of_row)
                for (const Index column : of_column)
                    seen.push_back(row < 0 || column < 0 ? -1 : row * shape[1] + column);
            windows.push_back(seen);
        }
    return windows;
}

ImageShape windowed_shape(const ImageShape& shape, const Extent& window, const Extent& stride,
                          Padding padding) {
    ImageShape result;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        result.push_back(
            output_count(shape[axis], along_axis(window, axis), along_axis(stride, axis), padding));
    return result;
}

}  // namespace sketchntk::testing
