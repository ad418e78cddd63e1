#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <algorithm>
#include <type_traits>

namespace sketchntk {

namespace {

WindowAxis window_axis(const std::string& where, Index inputs, Index window, Index stride,
                       Padding padding) {
    WindowAxis axis{inputs, 0, window, stride, 0};
    if (padding == Padding::valid) {
        if (window > inputs)
            throw InvalidArgument(where + ": a window of " + std::to_string(window) +
                                  " pixels is larger than the image, which has " +
                                  std::to_string(inputs));
        axis.outputs = (inputs - window) / stride + 1;
        return axis;
    }
    axis.outputs = (inputs + stride - 1) / stride;
    axis.before = std::max<Index>(0, (axis.outputs - 1) * stride + window - inputs) / 2;
    if (padding == Padding::circular && window > inputs)
        throw InvalidArgument(where + ": a window of " + std::to_string(window) +
                              " pixels goes round an image of " + std::to_string(inputs) +
                              " more than once");
    return axis;
}

ImageShape outputs_of(const std::vector<WindowAxis>& axes) {
    ImageShape shape;
    for (const WindowAxis& axis : axes) shape.push_back(axis.outputs);
    return shape;
}

void require_image(const std::string& where, const ImageShape& shape) {
    if (shape.empty()) throw InvalidArgument(where + ": expected an image, got a row");
}

struct ShapeOfLayer {
    std::string where;
    const ImageShape& input;

    template <typename L>
    ImageShape operator()(const L& layer) const {
        if constexpr (std::is_same_v<L, Convolution>) {
            return outputs_of(window_axes(where, input, layer.filter, layer.stride, layer.padding));
        } else if constexpr (std::is_same_v<L, AveragePool>) {
            return outputs_of(
                window_axes(where, input, layer.window, layer.stride, Padding::valid));
        } else if constexpr (std::is_same_v<L, GlobalAveragePool> || std::is_same_v<L, Flatten>) {
            require_image(where, input);
            return {};
        } else if constexpr (std::is_same_v<L, Residual>) {
            const ImageShape branch = output_shape(layer.branch, input, where + ", branch");
            const ImageShape shortcut = output_shape(layer.shortcut, input, where + ", shortcut");
            if (branch != shortcut)
                throw InvalidArgument(where + ": the branch ends with " + to_text(branch) +
                                      ", the shortcut with " + to_text(shortcut));
            return branch;
        } else {
            return input;
        }
    }
};

}  // namespace

Index pixel_count(const ImageShape& shape) {
    Index count = 1;
    for (const Index length : shape) count *= length;
    return count;
}

std::string to_text(const ImageShape& shape) {
    if (shape.empty()) return "a row";
    std::string text;
    for (const Index length : shape)
        text.append(text.empty() ? "" : " x ").append(std::to_string(length));
    return text;
}

std::vector<WindowAxis> window_axes(const std::string& where, const ImageShape& shape,
                                    const Extent& window, const Extent& stride, Padding padding) {
    require_image(where, shape);
    const auto along = [&](const Extent& extent, std::size_t axis, const Extent& otherwise) {
        const Extent& lengths = extent.empty() ? otherwise : extent;
        if (lengths.size() != 1 && lengths.size() != shape.size())
            throw InvalidArgument(where + ": has " + std::to_string(lengths.size()) +
                                  " axes, the image " + std::to_string(shape.size()));
        return lengths.size() == 1 ? lengths.front() : lengths[axis];
    };
    std::vector<WindowAxis> axes;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        axes.push_back(window_axis(where, shape[axis], along(window, axis, window),
                                   along(stride, axis, window), padding));
    return axes;
}

ImageShape output_shape(std::span<const Layer> layers, const ImageShape& input,
                        const std::string& where) {
    ImageShape shape = input;
    for (std::size_t i = 0; i < layers.size(); ++i)
        shape =
            std::visit(ShapeOfLayer{where + ", layer " + std::to_string(i + 1), shape}, layers[i]);
    return shape;
}

}  // namespace sketchntk
