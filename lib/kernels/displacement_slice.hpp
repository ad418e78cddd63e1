#pragma once

#include "kernels/rectifier_dual.hpp"
#include "kernels/slice_loops.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/dual_activation.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <memory>
#include <vector>

namespace sketchntk {

/// Pixels along both axes; a sequence is one row of pixels.
struct PixelExtent {
    Index rows = 1;
    Index columns = 1;
};

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

/// A map of an image, as large as the image is there: a channel, or what its pixels bring to an
/// activation or layer norm.
template <typename T>
struct PixelMap {
    Matrix<T> values;
    Index stride;           ///< how far apart the rows of a slice of displacement 0 lie there
    Index column_step = 1;  ///< the columns of the stage's first layer for each one there
};

/// An image's maps in the order in which the network meets them. A rectifier takes two, deviations
/// and their inverses, other activations and layer norm one, the variances.
template <typename T>
using PixelMaps = std::vector<PixelMap<T>>;

/// Maps of an image, cut to the columns in which it overlaps another one that is displaced against
/// it. Rows have zeros at their ends, and whole vectors may be read from any row of a map on.
template <typename T>
class ColumnCut {
  public:
    /// @param from the first column, where it is positive; as many columns as its size are left out
    ///   in any case. Counted at the stage's first layer.
    ColumnCut(const PixelMaps<T>& maps, Index from);

    [[nodiscard]] std::size_t size() const { return places_.size(); }
    /// From a row of a map on.
    [[nodiscard]] const T* at(std::size_t map, Index row) const {
        return entries_.data() + places_[map].begin + row * places_[map].stride;
    }

  private:
    struct Place {
        Index begin;
        Index stride;
    };

    std::vector<Place> places_;
    AlignedVector<T> entries_;
};

/// S(i, i + d) and T(i, i + d) of a pair of images for one displacement d = (down, across), pixel i
/// of the left image running over where both overlap.
///
/// Rows lie `stride` apart, so that every loop over a slice is one loop: what is between the rows'
/// ends is zeros or nonsense, and as wide as a filter reaches over an edge. There is room for whole
/// vectors behind the last row.
template <typename T>
class DisplacementSlice {
  public:
    Index down = 0;
    Index across = 0;
    Index rows = 0;
    Index columns = 0;
    Index stride = 0;
    Index column_step = 1;  ///< the columns of the image it was placed in for each one here

    /// Room for every displacement of images as large as this.
    DisplacementSlice(const PixelExtent& image, Index reach, bool with_tangent);

    [[nodiscard]] T* nngp() { return nngp_and_margin_.data() + margin_; }
    /// Null where no tangent is wanted, or while it is zero.
    [[nodiscard]] T* ntk() { return has_ntk_ ? ntk_and_margin_.data() + margin_ : nullptr; }
    /// Where a layer writes the tangent; null where none is wanted.
    [[nodiscard]] T* ntk_to_write();
    /// The tangent in numbers, even where it is zero.
    [[nodiscard]] T* written_ntk();
    [[nodiscard]] Index count() const { return rows * stride; }
    [[nodiscard]] Index left_row() const { return down < 0 ? -down : 0; }
    [[nodiscard]] Index right_row() const { return down > 0 ? down : 0; }

    /// Where a displacement of the images lies; the numbers are for the caller to write.
    void place(Index to_down, Index to_across);
    /// The covariances of the input's channels; the tangent is zero.
    void start(const ColumnCut<T>& left, const ColumnCut<T>& right, Index to_down, Index to_across);
    /// Becomes a slice of the smaller image that windows make of the image.
    void shrink(const WindowAxis& row_windows, const WindowAxis& column_windows);
    /// How far apart its rows lie behind windows along rows.
    [[nodiscard]] Index stride_behind(const WindowAxis& column_windows) const;

  private:
    PixelExtent image_;
    Index reach_;
    Index margin_;  // zeros in front of the first row
    bool wants_ntk_;
    bool has_ntk_ = false;
    AlignedVector<T> nngp_and_margin_;
    AlignedVector<T> ntk_and_margin_;
};

struct SliceSums {
    double nngp = 0;
    double ntk = 0;
};

/// Adds the slices of one `across` up, number by number, and their pixels at the end: in a fixed
/// order.
template <typename T>
class SliceTotal {
  public:
    SliceTotal(Index most_rows, bool with_tangent)
        : most_rows_(most_rows), with_tangent_(with_tangent) {}

    void add(DisplacementSlice<T>& slice);
    [[nodiscard]] SliceSums sums() const;

  private:
    Index most_rows_;
    bool with_tangent_;
    Index stride_ = 0;
    Index columns_ = 0;
    AlignedVector<T> nngp_;
    AlignedVector<T> ntk_;
};

/// Takes slices through layers.
template <typename T>
class SliceRecursion {
  public:
    /// For pairs of images, which `of` names.
    SliceRecursion() = default;
    /// For displacement 0 of an image with itself: records on the way what it brings.
    explicit SliceRecursion(PixelMaps<T>& recorded) : recorded_(&recorded) {}

    /// @param left, right what the images of the pair bring to activations
    void of(const ColumnCut<T>& left, const ColumnCut<T>& right) {
        left_ = &left;
        right_ = &right;
    }
    /// @param layers all of them, from the first on
    void apply(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice) {
        next_ = 0;
        apply_layers(layers, slice);
    }

  private:
    struct MapOfBoth {
        const T* left;
        const T* right;
    };

    void apply_layers(const std::vector<SliceLayer>& layers, DisplacementSlice<T>& slice);
    void apply_weights(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_windows(const SliceLayer& layer, const slice_loops::Weights<T>& weights,
                       DisplacementSlice<T>& slice);
    // In the rows of the slice, with the columns that the layer makes of them.
    T* sum_along_rows(const WindowAxis& across, const DisplacementSlice<T>& slice, T* values,
                      AlignedVector<T>& sums);
    void apply_activation(const SliceLayer& layer, DisplacementSlice<T>& slice);
    void apply_rectifier(const RectifierDual& dual, DisplacementSlice<T>& slice);
    void apply_layer_norm(DisplacementSlice<T>& slice);
    void apply_residual(const SliceLayer& layer, DisplacementSlice<T>& slice);
    template <typename FromVariance>
    MapOfBoth next_map(DisplacementSlice<T>& slice, const FromVariance& from_variance);

    const ColumnCut<T>* left_ = nullptr;
    const ColumnCut<T>* right_ = nullptr;
    PixelMaps<T>* recorded_ = nullptr;
    std::vector<Matrix<T>> recorded_as_slices_;
    std::size_t next_ = 0;
    AlignedVector<T> nngp_scratch_;
    AlignedVector<T> ntk_scratch_;
    AlignedVector<T> unsplit_scratch_;
};

}  // namespace sketchntk
