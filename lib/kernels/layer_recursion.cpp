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
template <typename T>
SKETCHNTK_INLINE void first_dense(T* stored, const LayerRecursion<T>& row) {
    const T p = row.left_weight[0];
    const T s = row.left_bias[0];
    for (Index j = 0; j < row.count; ++j) {
        const T product = p * row.right_weight[j];
        const T p_difference = p - row.right_weight[j];
        const T s_difference = s - row.right_bias[j];
        const T s_sum = s + row.right_bias[j];
        const T distance = std::abs(stored[j]);
        const T from_one = stored[j] < 0 ? 2 - distance : distance;
        const T from_minus_one = stored[j] < 0 ? distance : 2 - distance;
        const T above =
            product * from_one + (p_difference * p_difference + s_difference * s_difference) / 2;
        const T below =
            product * from_minus_one + (p_difference * p_difference + s_sum * s_sum) / 2;
        stored[j] = above <= below ? above : -below;
    }
}

// The first activation, where correlations may be negative: 1 - kappa1 into `stored`, and
// Theta kappa0 into `tangent`.
template <typename T>
SKETCHNTK_INLINE void first_relu(T* stored, T* tangent, bool trained, Index count) {
    const T gain = trained ? 1 : 0;
    for (Index j = 0; j < count; ++j) {
        const T w = std::abs(stored[j]);
        const T root = std::sqrt(w);
        const T angle = arc_cosine::angle_over_pi(w, root);
        const T deficit = arc_cosine::deficit(w, root);
        const T kappa0 = stored[j] < 0 ? angle : 1 - angle;
        tangent[j] = gain * correlation(stored[j]) * kappa0;
        stored[j] = stored[j] < 0 ? 1 - deficit : w - deficit;
    }
}

template <typename T>
SKETCHNTK_INLINE void next_relu(T* stored, T* tangent, Index count) {
    for (Index j = 0; j < count; ++j) {
        const T w = stored[j];
        const T root = std::sqrt(w);
        tangent[j] = tangent[j] * (1 - arc_cosine::angle_over_pi(w, root));
        stored[j] = w - arc_cosine::deficit(w, root);
    }
}

// After an activation a dense layer without bias leaves correlations as they are: only Theta gains.
template <typename T>
SKETCHNTK_INLINE void next_relu_and_dense(T* stored, T* tangent, Index count) {
    for (Index j = 0; j < count; ++j) {
        const T w = stored[j];
        const T root = std::sqrt(w);
        const T after = w - arc_cosine::deficit(w, root);
        tangent[j] = tangent[j] * (1 - arc_cosine::angle_over_pi(w, root)) + (1 - after);
        stored[j] = after;
    }
}

template <typename T>
SKETCHNTK_INLINE void dense_without_bias(const T* stored, T* tangent, bool trained, Index count) {
    if (!trained) return;
    for (Index j = 0; j < count; ++j) tangent[j] = tangent[j] + (1 - stored[j]);
}

template <typename T>
SKETCHNTK_INLINE void dense_with_bias(T* stored, T* tangent, const LayerRecursion<T>& row,
                                      Index layer) {
    const T p = row.left_weight[layer * row.left_stride];
    const T s = row.left_bias[layer * row.left_stride];
    const T* right_weight = row.right_weight + layer * row.right_stride;
    const T* right_bias = row.right_bias + layer * row.right_stride;
    const T gain = row.trained[layer] ? 1 : 0;
    for (Index j = 0; j < row.count; ++j) {
        const T product = p * right_weight[j];
        const T p_difference = p - right_weight[j];
        const T s_difference = s - right_bias[j];
        const T distance =
            product * stored[j] + (p_difference * p_difference + s_difference * s_difference) / 2;
        tangent[j] = product * tangent[j] + gain * (1 - distance);
        stored[j] = distance;
    }
}

template <typename T>
SKETCHNTK_INLINE void scale_entries(T* entries, const T* correlations,
                                    const LayerRecursion<T>& row) {
    for (Index j = 0; j < row.count; ++j)
        entries[j] = correlations[j] * row.left_deviation * row.right_deviation[j];
}

template <typename T>
SKETCHNTK_INLINE void all_layers(T* stored, const LayerRecursion<T>& row) {
    T* tangent = row.scratch;
    if (row.has_bias[0]) first_dense(stored, row);
    for (Index layer = 1; layer < row.dense_layers; ++layer) {
        if (layer > 1 && !row.has_bias[layer] && row.trained[layer]) {
            next_relu_and_dense(stored, tangent, row.count);
            continue;
        }
        if (layer == 1)
            first_relu(stored, tangent, row.trained[0], row.count);
        else
            next_relu(stored, tangent, row.count);
        if (row.has_bias[layer])
            dense_with_bias(stored, tangent, row, layer);
        else
            dense_without_bias(stored, tangent, row.trained[layer], row.count);
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
