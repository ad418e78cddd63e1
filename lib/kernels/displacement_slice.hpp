#pragma once

#include "kernels/image_maps.hpp"
#include "kernels/slice_loops.hpp"

#include <sketchntk/kernels/network_shape.hpp>

#include <array>
#include <vector>

namespace sketchntk {

/// Pixels along both axes; a sequence is one row of pixels.
struct PixelExtent {
    Index rows = 1;
    Index columns = 1;
};

/// S(i, i + d) and T(i, i + d) of pairs of an image with each image of a group, for one
/// displacement d = (down, across), pixel i of the image running over where both overlap: for each
/// pixel a block of numbers, one of each lane, row after row.
template <typename T>
class DisplacementSlice {
  public:
    Index down = 0;
    Index across = 0;
    Index rows = 0;
    Index columns = 0;
    bool nonnegative = false;  ///< whether S is known to be

    /// Room for every displacement of images as large as this.
    DisplacementSlice(const PixelExtent& image, bool with_tangent);

    [[nodiscard]] T* nngp() { return nngp_.data() + begin_; }
    /// Null where no tangent is wanted, or while it is zero.
    [[nodiscard]] T* ntk() { return has_ntk_ ? ntk_.data() + begin_ : nullptr; }
    /// Where a layer writes the tangent; null where none is wanted.
    [[nodiscard]] T* ntk_to_write();
    /// The tangent in numbers, even where it is zero.
    [[nodiscard]] T* written_ntk();
    [[nodiscard]] slice_loops::Extent extent() const { return {rows, columns}; }
    [[nodiscard]] Index count() const { return rows * columns * lane_count<T>; }
    /// A row of zeros.
    [[nodiscard]] const T* zeros() const { return zeros_.data(); }

    /// The numbers of another slice of images as large, and where they lie.
    void copy(DisplacementSlice& other);
    /// Where a displacement of the images lies; the numbers are for the caller to write.
    void place(Index to_down, Index to_across);
    /// The covariances of the input's channels; the tangent is zero.
    void start(const std::vector<ImageMap<T>>& left, const std::vector<GroupMap<T>>& right,
               Index to_down, Index to_across);
    /// The variances of the input's channels of the group: displacement 0 of each with itself.
    void start_variances(const std::vector<GroupMap<T>>& images);
    /// Becomes a slice of the smaller image that windows make of the image.
    void shrink(const WindowAxis& row_windows, const WindowAxis& column_windows);
    /// A map from the first pixel of the slice on.
    [[nodiscard]] slice_loops::MapOfBoth<T> from_first_pixel(const ImageMap<T>& left,
                                                             const GroupMap<T>& right) const;

    /// There is free memory for a row in front of the first or behind the last one, in turns:
    /// whether it is in front.
    [[nodiscard]] bool has_room_in_front() const { return begin_ == room_; }
    /// The rows now begin one row before, or behind if there was no room in front.
    void shift_by_a_row();
    /// Where rows with room in front begin in other memory, which is made as large as the slice's.
    [[nodiscard]] T* begin_in(AlignedVector<T>& memory) const;
    /// Takes such memory for its own, and gives its own for it.
    void swap_memory(AlignedVector<T>& nngp, AlignedVector<T>& ntk);

  private:
    PixelExtent image_;
    bool wants_ntk_;
    bool has_ntk_ = false;
    Index room_;  // of a row
    Index begin_;
    AlignedVector<T> nngp_;
    AlignedVector<T> ntk_;
    AlignedVector<T> zeros_;
    std::vector<slice_loops::MapOfBoth<T>> channels_;  // of one start: its memory is kept
};

/// Of each lane.
template <typename T>
struct SliceSums {
    std::array<double, lane_count<T>> nngp{};
    std::array<double, lane_count<T>> ntk{};

    /// Adds the pixels of a slice.
    void add(DisplacementSlice<T>& slice);
};

}  // namespace sketchntk
