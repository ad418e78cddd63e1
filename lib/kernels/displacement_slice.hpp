#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/dual_activation.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <cstdlib>
#include <memory>
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

/// Maps of an image: its channels, or the variances of its pixels before each activation and layer
/// norm in the order in which the network meets them; each as large as the image is there.
template <typename T>
using PixelMaps = std::vector<Matrix<T>>;

/// Maps of two images, cut to the columns in which they overlap when the right image is displaced
/// by `across` columns: column k of both belongs together. Rows are `stride` long, with zeros at
/// their ends.
template <typename T>
class OverlappingColumns {
  public:
    void assign(const PixelMaps<T>& left, const PixelMaps<T>& right, Index across, Index stride);
    /// One more map, of an image with itself.
    void append(const Matrix<T>& map, Index stride);

    [[nodiscard]] std::size_t size() const { return left_.size(); }
    /// From a row of a map on.
    [[nodiscard]] const T* left(std::size_t map, Index row) const { return &left_[map](row, 0); }
    [[nodiscard]] const T* right(std::size_t map, Index row) const { return &right_[map](row, 0); }

  private:
    PixelMaps<T> left_;
    PixelMaps<T> right_;
};

/// S(i, i + d) and T(i, i + d) of a pair of images for one displacement d = (down, across), pixel i
/// of the left image running over where both overlap.
///
/// Rows lie `stride` apart, so that every loop over a slice is one loop: what is between the rows'
/// ends is zeros or nonsense, and as wide as a filter reaches over an edge.
template <typename T>
struct DisplacementSlice {
    Index down = 0;
    Index across = 0;
    Index rows = 0;
    Index columns = 0;
    Index stride = 0;
    Index margin = 0;  ///< zeros in front of the first row
    bool tangent = false;
    AlignedVector<T> nngp_and_margin;
    AlignedVector<T> ntk_and_margin;

    /// Room for `most_rows` rows.
    DisplacementSlice(Index most_rows, Index row_stride, Index reach, bool with_tangent);

    [[nodiscard]] T* nngp() { return nngp_and_margin.data() + margin; }
    [[nodiscard]] T* ntk() { return ntk_and_margin.data() + margin; }
    [[nodiscard]] Index count() const { return rows * stride; }
    [[nodiscard]] Index left_row() const { return down < 0 ? -down : 0; }
    [[nodiscard]] Index right_row() const { return down > 0 ? down : 0; }
    [[nodiscard]] bool empty() const { return rows <= 0 || columns <= 0; }

    /// The covariances of the input's channels for displacement (to_down, across); T is zero.
    void start(const OverlappingColumns<T>& channels, std::size_t channel_count, Index image_rows,
               Index image_columns, Index to_down, Index to_across);
};

/// Sums over the pixels of a slice, in a fixed order.
struct SliceSums {
    double nngp = 0;
    double ntk = 0;
};
template <typename T>
[[nodiscard]] SliceSums sums_of(DisplacementSlice<T>& slice);

/// Takes slices through layers; one object a pair, so that buffers are allocated once.
template <typename T>
class SliceRecursion {
  public:
    explicit SliceRecursion(const OverlappingColumns<T>& variances) : variances_(&variances) {}
    /// For displacement 0 of an image with itself: records its variances on the way.
    SliceRecursion(PixelMaps<T>& recorded, OverlappingColumns<T>& variances)
        : variances_(&variances), recorded_(&recorded), recorded_columns_(&variances) {}

    /// @param layers all of them, from the first on
    void apply(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice) {
        next_ = 0;
        apply_layers(layers, slice);
    }

  private:
    void apply_layers(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice);
    void apply_weights(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_windows(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_layer_norm(DisplacementSlice<T>& slice);
    void apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice);
    std::size_t next_map(DisplacementSlice<T>& slice);

    const OverlappingColumns<T>* variances_;
    PixelMaps<T>* recorded_ = nullptr;
    OverlappingColumns<T>* recorded_columns_ = nullptr;
    std::size_t next_ = 0;
    AlignedVector<T> scratch_;
};

}  // namespace sketchntk
