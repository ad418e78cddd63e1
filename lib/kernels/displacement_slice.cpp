#include "kernels/displacement_slice.hpp"

#include <algorithm>
#include <cstdlib>

namespace sketchntk {

template <typename T>
DisplacementSlice<T>::DisplacementSlice(const PixelExtent& image, bool with_tangent)
    : image_(image),
      wants_ntk_(with_tangent),
      room_(image.columns * lane_count<T>),
      begin_(room_),
      nngp_(static_cast<std::size_t>((image.rows + 2) * room_)),
      ntk_(with_tangent ? nngp_.size() : 0),
      zeros_(static_cast<std::size_t>(room_)) {}

template <typename T>
T* DisplacementSlice<T>::ntk_to_write() {
    has_ntk_ = wants_ntk_;
    return ntk();
}

template <typename T>
T* DisplacementSlice<T>::written_ntk() {
    if (wants_ntk_ && !has_ntk_) std::fill_n(ntk_to_write(), count(), T{0});
    return ntk();
}

template <typename T>
void DisplacementSlice<T>::copy(DisplacementSlice& other) {
    place(0, 0);
    down = other.down;
    across = other.across;
    rows = other.rows;
    columns = other.columns;
    nonnegative = other.nonnegative;
    std::copy_n(other.nngp(), count(), nngp());
    if (other.ntk() != nullptr) std::copy_n(other.ntk(), count(), ntk_to_write());
}

template <typename T>
void DisplacementSlice<T>::place(Index to_down, Index to_across) {
    down = to_down;
    across = to_across;
    rows = image_.rows - std::abs(down);
    columns = image_.columns - std::abs(across);
    begin_ = room_;
    nonnegative = false;
    has_ntk_ = false;
}

template <typename T>
void DisplacementSlice<T>::shrink(const WindowAxis& row_windows, const WindowAxis& column_windows) {
    down /= row_windows.stride;
    across /= column_windows.stride;
    rows = row_windows.outputs - std::abs(down);
    columns = column_windows.outputs - std::abs(across);
}

template <typename T>
slice_loops::MapOfBoth<T> DisplacementSlice<T>::from_first_pixel(const ImageMap<T>& left,
                                                                 const GroupMap<T>& right) const {
    const auto first = [](Index displacement) { return std::max<Index>(0, displacement); };
    const Index left_pixel = first(-down) * left.columns + first(-across);
    const Index right_pixel = first(down) * right.columns + first(across);
    return {left.values.data() + left_pixel, right.values.data() + right_pixel * lane_count<T>,
            left.columns};
}

template <typename T>
void DisplacementSlice<T>::start(const std::vector<ImageMap<T>>& left,
                                 const std::vector<GroupMap<T>>& right, Index to_down,
                                 Index to_across) {
    place(to_down, to_across);
    channels_.clear();
    for (std::size_t c = 0; c < left.size(); ++c)
        channels_.push_back(from_first_pixel(left[c], right[c]));
    slice_loops::sum_of_products(channels_.data(), static_cast<Index>(channels_.size()), extent(),
                                 nngp());
}

template <typename T>
void DisplacementSlice<T>::start_variances(const std::vector<GroupMap<T>>& images) {
    place(0, 0);
    std::vector<const T*> channels;
    for (const GroupMap<T>& map : images) channels.push_back(map.values.data());
    slice_loops::sum_of_squares(channels.data(), static_cast<Index>(channels.size()), count(),
                                nngp());
}

template <typename T>
void DisplacementSlice<T>::shift_by_a_row() {
    begin_ += (has_room_in_front() ? -1 : 1) * columns * lane_count<T>;
}

template <typename T>
T* DisplacementSlice<T>::begin_in(AlignedVector<T>& memory) const {
    memory.resize(nngp_.size());
    return memory.data() + room_;
}

template <typename T>
void DisplacementSlice<T>::swap_memory(AlignedVector<T>& nngp, AlignedVector<T>& ntk) {
    nngp_.swap(nngp);
    if (has_ntk_) ntk_.swap(ntk);
    begin_ = room_;
}

template <typename T>
void SliceSums<T>::add(DisplacementSlice<T>& slice) {
    slice_loops::add_pixels(slice.nngp(), slice.extent(), nngp.data());
    if (slice.ntk() != nullptr) slice_loops::add_pixels(slice.ntk(), slice.extent(), ntk.data());
}

template class DisplacementSlice<float>;
template class DisplacementSlice<double>;
template struct SliceSums<float>;
template struct SliceSums<double>;

}  // namespace sketchntk
