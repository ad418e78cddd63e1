#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/dual_activation.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sketchntk {

/// A layer with what slices need of it. Images have two axes here; a sequence is one row of pixels.
struct SliceLayer {
    enum class Kind { weights, activation, layer_norm, residual };

    Kind kind = Kind::weights;
    WindowAxis rows{1, 1, 1, 1, 0};  ///< of weights: a dense layer is a filter of one pixel
    WindowAxis columns{1, 1, 1, 1, 0};
    bool padded = true;  ///< zeros around the image: the slice keeps its size
    double w_std = 1;
    double b_std = 0;
    bool trained = true;
    std::shared_ptr<const DualActivation> dual;
    std::vector<SliceLayer> branch;
    std::vector<SliceLayer> shortcut;
};

/// The variances of an image's pixels before each activation and layer norm, in the order in which
/// the network meets them; each a matrix of the image's size there.
template <typename T>
using VarianceMaps = std::vector<Matrix<T>>;

/// S(i, i + d) and T(i, i + d) of a pair of images for one displacement d, pixel i of the left
/// image running over where both overlap.
template <typename T>
struct DisplacementSlice {
    Index down = 0;   ///< d: rows from the left pixel to the right one
    Index right = 0;  ///< and columns
    Index rows = 0;
    Index columns = 0;
    AlignedVector<T> nngp;
    AlignedVector<T> ntk;  ///< empty if only the NNGP is wanted

    /// The first row and column of the left image in the slice, and of the right one.
    [[nodiscard]] Index left_row() const { return down < 0 ? -down : 0; }
    [[nodiscard]] Index left_column() const { return right < 0 ? -right : 0; }
    [[nodiscard]] Index right_row() const { return down > 0 ? down : 0; }
    [[nodiscard]] Index right_column() const { return right > 0 ? right : 0; }
    [[nodiscard]] bool empty() const { return rows <= 0 || columns <= 0; }
};

/// An image by channels: each a row of rows * columns pixels, divided by sqrt(channels).
template <typename T>
struct PixelPlanes {
    Index rows;
    Index columns;
    Matrix<T> values;
};

/// The input's covariances for the displacement that `slice` names; T is zero.
template <typename T>
void start_slice(const PixelPlanes<T>& left, const PixelPlanes<T>& right, bool tangent,
                 DisplacementSlice<T>& slice);

/// Takes a slice through layers; one object a pair, so that buffers are allocated once.
template <typename T>
class SliceRecursion {
  public:
    SliceRecursion(const VarianceMaps<T>& left, const VarianceMaps<T>& right)
        : left_(&left), right_(&right) {}
    /// Of displacement 0 of an image with itself: records its variances on the way.
    explicit SliceRecursion(VarianceMaps<T>& recorded)
        : left_(&recorded), right_(&recorded), recorded_(&recorded) {}

    void apply(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice);
    /// The next slice begins with the first activation.
    void restart() { next_ = 0; }

  private:
    void apply_weights(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_windows(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_layer_norm(DisplacementSlice<T>& slice);
    void apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice);
    std::size_t next_map(const DisplacementSlice<T>& slice);

    const VarianceMaps<T>* left_;
    const VarianceMaps<T>* right_;
    VarianceMaps<T>* recorded_ = nullptr;
    std::size_t next_ = 0;
    AlignedVector<T> along_rows_;
    AlignedVector<T> scratch_;
};

}  // namespace sketchntk
