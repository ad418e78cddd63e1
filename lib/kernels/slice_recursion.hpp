#pragma once

#include "kernels/displacement_slice.hpp"
#include "kernels/rectifier_dual.hpp"

#include <sketchntk/kernels/dual_activation.hpp>

#include <memory>
#include <vector>

namespace sketchntk {

/// A layer with what slices need of it.
struct SliceLayer {
    enum class Kind { weights, activation, layer_norm, residual };

    Kind kind = Kind::weights;
    WindowAxis rows{1, 1, 1, 1, 0};  ///< of weights: a dense layer is a filter of one pixel
    WindowAxis columns{1, 1, 1, 1, 0};
    double w_std = 1;
    double b_std = 0;
    bool trained = true;
    std::shared_ptr<const DualActivation> dual;
    const RectifierDual* rectifier = nullptr;  ///< the dual, where it is one
    std::vector<SliceLayer> branch;
    std::vector<SliceLayer> shortcut;

    [[nodiscard]] bool sees_its_pixel_alone() const {
        return rows.window * rows.stride * columns.window * columns.stride == 1;
    }
};

/// Takes slices through layers.
///
/// A convolution of 3 x 3 pixels with "same" padding and the rectifier behind it are one loop that
/// holds all it needs of a pixel in registers; other layers are loops of their own. Sums are added
/// in the same order by both, so that pixels that coincide have exactly their variance.
template <typename T>
class SliceRecursion {
  public:
    /// For pairs of images, which `of` names.
    SliceRecursion() = default;
    /// For displacement 0 of each image of a group with itself: records what they bring to pairs.
    explicit SliceRecursion(std::vector<GroupMap<T>>& recorded) : recorded_(&recorded) {}

    /// @param left, right what the images of the pairs bring to activations
    void of(const std::vector<ImageMap<T>>& left, const std::vector<GroupMap<T>>& right) {
        left_ = &left;
        right_ = &right;
    }
    /// @param layers all of them, from the first on
    void apply(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice) {
        next_ = 0;
        apply_layers(layers, slice);
    }

  private:
    void apply_layers(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice);
    void apply_layer(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_rectified_convolution(const SliceLayer& convolution, const RectifierDual& dual,
                                     DisplacementSlice<T>& slice);
    void apply_weights(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void sum_windows(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_rectifier(const RectifierDual& dual, DisplacementSlice<T>& slice);
    void apply_layer_norm(DisplacementSlice<T>& slice);
    void apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice);
    [[nodiscard]] std::unique_ptr<DisplacementSlice<T>> copy_of(DisplacementSlice<T>& slice);

    [[nodiscard]] static bool becomes_one_loop(const SliceLayer& layer, const SliceLayer& next);
    [[nodiscard]] slice_loops::MapOfBoth<T> next_map(const DisplacementSlice<T>& slice);
    [[nodiscard]] slice_loops::DeviationsOfBoth<T> next_deviations(
        const DisplacementSlice<T>& slice);
    // The same layers where images are recorded.
    void record_activation(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void record_deviations(DisplacementSlice<T>& slice);
    void record_layer_norm(DisplacementSlice<T>& slice);
    template <typename FromVariance>
    const T* record(DisplacementSlice<T>& slice, const FromVariance& from_variance);

    const std::vector<ImageMap<T>>* left_ = nullptr;
    const std::vector<GroupMap<T>>* right_ = nullptr;
    std::vector<GroupMap<T>>* recorded_ = nullptr;
    std::size_t next_ = 0;
    std::vector<std::unique_ptr<DisplacementSlice<T>>> shortcuts_;  // that wait to be used again
    AlignedVector<T> nngp_scratch_;
    AlignedVector<T> ntk_scratch_;
    AlignedVector<T> row_scratch_;
};

}  // namespace sketchntk
