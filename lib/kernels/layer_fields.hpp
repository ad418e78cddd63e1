#pragma once

#include <sketchntk/kernels/layers.hpp>
#include <sketchntk/kernels/network.hpp>

#include <array>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sketchntk {

// The name and the properties of every layer but activations, once for the text and the JSON
// notation, reading and writing: `Fields` is called with each property, its name and its standard.
// A new layer is a struct in layers.hpp, its overloads here, and what serves it.

template <typename L>
struct LayerName;
template <>
struct LayerName<Dense> {
    static constexpr const char* text = "dense";
};
template <>
struct LayerName<Convolution> {
    static constexpr const char* text = "conv";
};
template <>
struct LayerName<AveragePool> {
    static constexpr const char* text = "avg_pool";
};
template <>
struct LayerName<GlobalAveragePool> {
    static constexpr const char* text = "global_avg_pool";
};
template <>
struct LayerName<Flatten> {
    static constexpr const char* text = "flatten";
};
template <>
struct LayerName<LayerNorm> {
    static constexpr const char* text = "layer_norm";
};
template <>
struct LayerName<Residual> {
    static constexpr const char* text = "residual";
};

template <typename L, typename Fields>
void describe_weights(L& layer, Fields& fields) {
    fields.deviation("w_std", layer.w_std, std::numbers::sqrt2);
    fields.deviation("b_std", layer.b_std, 0);
    fields.flag("trained", layer.trained, true);
}

template <typename Fields>
void describe(Dense& layer, Fields& fields) {
    describe_weights(layer, fields);
}

template <typename Fields>
void describe(Convolution& layer, Fields& fields) {
    fields.extent("filter", layer.filter, {});
    fields.extent("stride", layer.stride, {1});
    fields.padding("padding", layer.padding, Padding::same);
    describe_weights(layer, fields);
}

template <typename Fields>
void describe(AveragePool& layer, Fields& fields) {
    fields.extent("window", layer.window, {});
    fields.extent("stride", layer.stride, layer.window);
}

template <typename Fields>
void describe(Residual& layer, Fields& fields) {
    fields.layers("branch", layer.branch);
    fields.layers("shortcut", layer.shortcut);
}

template <typename L, typename Fields>
void describe(L&, Fields&) {}

inline constexpr std::array<std::pair<Padding, std::string_view>, 3> padding_names{
    {{Padding::valid, "valid"}, {Padding::same, "same"}, {Padding::circular, "circular"}}};

/// Lengths that are all the same, as one.
inline Extent collapsed(const Extent& extent) {
    for (const Index length : extent)
        if (length != extent.front()) return extent;
    return extent.empty() ? extent : Extent{extent.front()};
}

/// @throws InvalidArgument that names `where` and the nearest known word.
[[noreturn]] void refuse_word(const std::string& where, std::string_view word,
                              const std::vector<std::string>& known);
/// A finite number >= 0. @throws InvalidArgument
double checked_deviation(const std::string& where, const std::string& name, double value);
/// At most three whole numbers from 1 on, collapsed. @throws InvalidArgument
Extent checked_extent(const std::string& where, const std::string& name,
                      const std::vector<double>& lengths);
/// @throws InvalidArgument for an unknown word.
Padding padding_from(const std::string& where, const std::string& word);

bool is_activation(std::string_view name);
/// The names of all layers, activations included.
std::vector<std::string> layer_names();

/// Reads `{"layers": [...]}`.
Network parse_network_json(std::string_view text);

/// Calls `function` with a default-made layer of each kind but activations.
template <typename Function>
void for_each_layer_kind(const Function& function) {
    function(Dense{});
    function(Convolution{});
    function(AveragePool{});
    function(GlobalAveragePool{});
    function(Flatten{});
    function(LayerNorm{});
    function(Residual{});
}

}  // namespace sketchntk
