#include "kernels/layer_recursion.hpp"

#include "core/dispatch.hpp"
#include "kernels/arc_cosine.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

// Every loop here is inlined into the four functions at the end, of which the compiler makes one
// version for each vector level.
#define SKETCHNTK_INLINE [[gnu::always_inline]] inline

namespace sketchntk {

namespace {

template <typename T>
SKETCHNTK_INLINE T correlation(T stored) {
    return stored < 0 ? -1 - stored : 1 - stored;
}

template <typename T>
SKETCHNTK_INLINE Index encode(T* cosines, Index count, T nearness) {
    // As wide as T, or the loop does not vectorise.
    std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t> near = 0;
    for (Index j = 0; j < count; ++j) {
        // Zero would lose the sign that tells opposite rows from equal ones.
        const T distance = std::max(1 - std::abs(cosines[j]), std::numeric_limits<T>::min());
        near += distance < nearness ? 1 : 0;
        cosines[j] = std::copysign(distance, cosines[j]);
    }
    return near;
}

// rho = p p' r + s s', written as distances from 1 and from -1 without cancellation by
// 1 - p p' - s s' = ((p - p')^2 + (s - s')^2) / 2, since p^2 + s^2 = 1.
template <bool is_signed, typename T>
SKETCHNTK_INLINE T mixed_with_bias(T stored, T p, T s, T p_right, T s_right) {
    const T product = p * p_right;
    const T p_difference = p - p_right;
    const T s_difference = s - s_right;
    const T distance = std::abs(stored);
    const T from_one = is_signed && stored < 0 ? 2 - distance : distance;
    const T above =
        product * from_one + (p_difference * p_difference + s_difference * s_difference) / 2;
    if constexpr (!is_signed) return above;
    const T s_sum = s + s_right;
    const T from_minus_one = stored < 0 ? distance : 2 - distance;
    const T below = product * from_minus_one + (p_difference * p_difference + s_sum * s_sum) / 2;
    return above <= below ? above : -below;
}

template <typename T>
SKETCHNTK_INLINE void first_dense(T* stored, const LayerRecursion<T>& row) {
    const T p = row.left_weight[0];
    const T s = row.left_bias[0];
    for (Index j = 0; j < row.count; ++j)
        stored[j] = mixed_with_bias<true>(stored[j], p, s, row.right_weight[j], row.right_bias[j]);
}

template <typename T>
struct Rectified {
    T stored;
    T derivative;
};

// Where only correlations before may be negative: bend kappa1(rho) + (1 - bend) rho and
// bend kappa0(rho) + 1 - bend for rho = 1 - w are 1 - w + deficit and 1 - angle, both times bend;
// for rho = w - 1 they are deficit - (1 - bend) (1 - w) and angle + 1 - bend.
template <bool signed_before, bool signed_after, typename T>
SKETCHNTK_INLINE Rectified<T> rectified(T stored, T bend) {
    const T w = signed_before ? std::abs(stored) : stored;
    const T root = std::sqrt(w);
    const T angle = bend * arc_cosine::angle_over_pi(w, root);
    const T deficit = bend * arc_cosine::deficit(w, root);
    const bool negative = signed_before && stored < 0;
    const T derivative = negative ? angle + (1 - bend) : 1 - angle;
    const T tail = (bend - 1) * w - deficit;
    const T from_one = negative ? (2 - bend) + tail : w - deficit;
    if constexpr (!signed_after) return {from_one, derivative};
    const T from_minus_one = bend - tail;
    return {negative && from_minus_one < from_one ? -from_minus_one : from_one, derivative};
}

// The first activation, behind which Theta begins.
template <bool signed_after, typename T>
SKETCHNTK_INLINE void first_rectifier(T* stored, T* tangent, T bend, bool trained, Index count) {
    const T gain = trained ? 1 : 0;
    for (Index j = 0; j < count; ++j) {
        const auto [after, derivative] = rectified<true, signed_after>(stored[j], bend);
        tangent[j] = gain * correlation(stored[j]) * derivative;
        stored[j] = after;
    }
}

template <bool signed_before, bool signed_after, typename T>
SKETCHNTK_INLINE void next_rectifier(T* stored, T* tangent, T bend, Index count) {
    for (Index j = 0; j < count; ++j) {
        const auto [after, derivative] = rectified<signed_before, signed_after>(stored[j], bend);
        tangent[j] = tangent[j] * derivative;
        stored[j] = after;
    }
}

// After an activation a dense layer without bias leaves correlations as they are: only Theta gains.
template <typename T>
SKETCHNTK_INLINE void next_rectifier_and_dense(T* stored, T* tangent, T bend, Index count) {
    for (Index j = 0; j < count; ++j) {
        const auto [after, derivative] = rectified<false, false>(stored[j], bend);
        tangent[j] = tangent[j] * derivative + (1 - after);
        stored[j] = after;
    }
}

template <typename T>
SKETCHNTK_INLINE void dense_without_bias(const T* stored, T* tangent, bool trained, Index count) {
    if (!trained) return;
    for (Index j = 0; j < count; ++j) tangent[j] = tangent[j] + correlation(stored[j]);
}

template <bool is_signed, typename T>
SKETCHNTK_INLINE void dense_with_bias(T* stored, T* tangent, const LayerRecursion<T>& row,
                                      Index layer) {
    const T p = row.left_weight[layer * row.left_stride];
    const T s = row.left_bias[layer * row.left_stride];
    const T* right_weight = row.right_weight + layer * row.right_stride;
    const T* right_bias = row.right_bias + layer * row.right_stride;
    const T gain = row.trained[layer] ? 1 : 0;
    for (Index j = 0; j < row.count; ++j) {
        const T after = mixed_with_bias<is_signed>(stored[j], p, s, right_weight[j], right_bias[j]);
        tangent[j] = p * right_weight[j] * tangent[j] + gain * correlation(after);
        stored[j] = after;
    }
}

template <typename T>
SKETCHNTK_INLINE void scale_entries(T* entries, const T* correlations,
                                    const LayerRecursion<T>& row) {
    for (Index j = 0; j < row.count; ++j)
        entries[j] = correlations[j] * row.left_deviation * row.right_deviation[j];
}

template <typename T>
SKETCHNTK_INLINE void dense(T* stored, T* tangent, const LayerRecursion<T>& row, Index layer,
                            bool is_signed) {
    if (!row.has_bias[layer])
        dense_without_bias(stored, tangent, row.trained[layer], row.count);
    else if (is_signed)
        dense_with_bias<true>(stored, tangent, row, layer);
    else
        dense_with_bias<false>(stored, tangent, row, layer);
}

template <typename T>
SKETCHNTK_INLINE void all_layers(T* stored, const LayerRecursion<T>& row) {
    T* tangent = row.scratch;
    if (row.has_bias[0]) first_dense(stored, row);
    bool is_signed = true;
    for (Index layer = 1; layer < row.dense_layers; ++layer) {
        const T bend = row.bend[layer - 1];
        const bool signed_after = is_signed && bend < 1;
        if (layer == 1 && signed_after)
            first_rectifier<true>(stored, tangent, bend, row.trained[0], row.count);
        else if (layer == 1)
            first_rectifier<false>(stored, tangent, bend, row.trained[0], row.count);
        else if (signed_after)
            next_rectifier<true, true>(stored, tangent, bend, row.count);
        else if (is_signed)
            next_rectifier<true, false>(stored, tangent, bend, row.count);
        else if (!row.has_bias[layer] && row.trained[layer])
            next_rectifier_and_dense(stored, tangent, bend, row.count);
        else
            next_rectifier<false, false>(stored, tangent, bend, row.count);
        const bool is_fused = layer > 1 && !is_signed && !row.has_bias[layer] && row.trained[layer];
        is_signed = signed_after;
        if (!is_fused) dense(stored, tangent, row, layer, is_signed);
    }
    if (!row.tangent || row.dense_layers == 1)
        for (Index j = 0; j < row.count; ++j) tangent[j] = correlation(stored[j]);
    scale_entries(stored, tangent, row);
}

}  // namespace

SKETCHNTK_VECTOR_DISPATCH
Index encode_cosines(float* cosines, Index count, float nearness) {
    return encode(cosines, count, nearness);
}

SKETCHNTK_VECTOR_DISPATCH
Index encode_cosines(double* cosines, Index count, double nearness) {
    return encode(cosines, count, nearness);
}

SKETCHNTK_VECTOR_DISPATCH
void apply_layers(float* entries, const LayerRecursion<float>& recursion) {
    all_layers(entries, recursion);
}

SKETCHNTK_VECTOR_DISPATCH
void apply_layers(double* entries, const LayerRecursion<double>& recursion) {
    all_layers(entries, recursion);
}

}  // namespace sketchntk
