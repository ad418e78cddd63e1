#include "kernels/layer_windows.hpp"

#include <utility>

namespace sketchntk {

namespace {

LayerWindows windows_along(const std::vector<WindowAxis>& axes, bool circular) {
    LayerWindows windows{{0}};
    for (const WindowAxis& axis : axes) {
        LayerWindows refined;
        for (const std::vector<Index>& coarse : windows)
            for (Index output = 0; output < axis.outputs; ++output) {
                std::vector<Index> seen;
                for (const Index before : coarse)
                    for (Index step = 0; step < axis.window; ++step) {
                        Index input = output * axis.stride - axis.before + step;
                        if (circular) input = (input + axis.inputs) % axis.inputs;
                        const bool inside = before >= 0 && input >= 0 && input < axis.inputs;
                        seen.push_back(inside ? before * axis.inputs + input : -1);
                    }
                refined.push_back(std::move(seen));
            }
        windows = std::move(refined);
    }
    return windows;
}

}  // namespace

LayerWindows layer_windows(const std::string& where, const Convolution& layer,
                           const ImageShape& shape) {
    return windows_along(window_axes(where, shape, layer.filter, layer.stride, layer.padding),
                         layer.padding == Padding::circular);
}

LayerWindows layer_windows(const std::string& where, const AveragePool& layer,
                           const ImageShape& shape) {
    return windows_along(window_axes(where, shape, layer.window, layer.stride, Padding::valid),
                         false);
}

}  // namespace sketchntk
