#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// One row of a block of kernel entries on its way through dense layers and rectifiers: entry j
/// belongs to the pair (left row, right row j).
///
/// A correlation rho is stored as its distance w = 1 - rho from 1, or, where it is negative, as
/// -(1 + rho); see arc_cosine.hpp.
template <typename T>
struct LayerRecursion {
    Index dense_layers;    ///< L + 1
    const T* bend;         ///< for each activation, see Rectifier in rectifier_dual.hpp
    const bool* has_bias;  ///< for each dense layer: b_std > 0
    const bool* trained;   ///< for each dense layer: Theta gains its Sigma
    bool tangent;          ///< Theta is wanted, not Sigma

    Index count;           ///< entries in the row
    const T* left_weight;  ///< p of the left row, entry l at left_weight[l * layer_stride]
    const T* left_bias;    ///< s of the left row, likewise
    Index left_stride;
    const T*
        right_weight;  ///< p of the right rows, layer l from right_weight + l * right_stride on
    const T* right_bias;
    Index right_stride;
    T left_deviation;  ///< sqrt(q) of the left row after the last layer
    const T* right_deviation;
    T* scratch;  ///< `count` numbers
};

/// Replaces cosines by their distances from 1 or -1, and returns how many are below `nearness`.
Index encode_cosines(float* cosines, Index count, float nearness);
Index encode_cosines(double* cosines, Index count, double nearness);

/// Replaces the stored correlations of the inputs by kernel entries.
void apply_layers(float* entries, const LayerRecursion<float>& recursion);
void apply_layers(double* entries, const LayerRecursion<double>& recursion);

}  // namespace sketchntk
