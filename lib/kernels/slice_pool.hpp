#pragma once

#include "kernels/displacement_slice.hpp"

#include <utility>
#include <vector>

namespace sketchntk {

/// An average pool along one axis, as displacements see it. Output displacement D takes the pairs
/// of offsets o and o' of the window from input displacement s D + o' - o, so that input
/// displacement d adds to D the sums over windows of k - |e| offsets, e = d - s D: those o for
/// which o + e is an offset as well.
class PoolAxis {
  public:
    /// @param outputs the displacements that are wanted, in ascending order
    PoolAxis(const WindowAxis& axis, std::vector<Index> outputs);

    [[nodiscard]] const WindowAxis& axis() const { return axis_; }
    [[nodiscard]] const std::vector<Index>& outputs() const { return outputs_; }
    /// The first and behind the last of the outputs that take from an input displacement.
    [[nodiscard]] std::pair<std::size_t, std::size_t> taking(Index input) const {
        return taking_[static_cast<std::size_t>(input + axis_.inputs - 1)];
    }
    /// Whether an input displacement is the first or the last that an output takes from.
    [[nodiscard]] bool begins(std::size_t output, Index input) const;
    [[nodiscard]] bool ends(std::size_t output, Index input) const;
    /// Outputs that have begun and not ended, at most; each has a slot among so many.
    [[nodiscard]] std::size_t slots() const { return slots_; }
    [[nodiscard]] std::size_t slot(std::size_t output) const { return output % slots_; }
    /// The pixels of an output's slice.
    [[nodiscard]] Index pixels(std::size_t output) const;
    /// Where the first window of an output lies in the slice of an input displacement, and all.
    [[nodiscard]] Index first_window(std::size_t output, Index input) const;
    [[nodiscard]] slice_loops::Windows windows(std::size_t output, Index input) const;

  private:
    [[nodiscard]] Index shift(std::size_t output, Index input) const;

    WindowAxis axis_;
    std::vector<Index> outputs_;
    std::size_t slots_;
    std::vector<std::pair<std::size_t, std::size_t>> taking_;  ///< of each input displacement
};

/// The slices of a pool's output, of an image with a group, that have begun and not ended.
template <typename T>
struct PooledSlices {
    AlignedVector<T> nngp;
    AlignedVector<T> ntk;
};

/// Adds the slices of a pool's input up to slices of its output, so that each is computed once.
///
/// Slices come `across` by `across`, each with all its `down` in ascending order. Sums over windows
/// of rows are held for the few `down` of the output that are open there, sums over windows of
/// columns for all `down` of the few `across` that are open.
///
/// Memory: ceil((2 k - 1) / s) H^2 W numbers for H x W output pixels, each of S and T and in each
/// lane; 2 MiB for the 16 x 16 pixels of a 2 x 2 pool. Cost: (k / s)^2 additions for each number
/// that comes in, and less along columns. Asking from each output for its inputs instead would hold
/// single slices only, but compute each slice before a k x k pool of stride k (2 - 1 / k)^2 times,
/// and 11 times before three 2 x 2 pools.
template <typename T>
class SlicePool {
  public:
    SlicePool(PoolAxis rows, PoolAxis columns, bool with_tangent);

    [[nodiscard]] const PoolAxis& columns() const { return columns_; }
    [[nodiscard]] PooledSlices<T> empty() const;
    /// Numbers in `empty()`.
    [[nodiscard]] Index numbers() const;

    void add(DisplacementSlice<T>& slice, PooledSlices<T>& pooled);
    /// Writes an output's slice. @param output_down, output_across positions among the outputs
    void take(std::size_t output_down, std::size_t output_across, const PooledSlices<T>& pooled,
              DisplacementSlice<T>& slice) const;

  private:
    void add_rows(std::size_t output, DisplacementSlice<T>& slice);
    void add_columns(std::size_t output_down, const DisplacementSlice<T>& slice,
                     PooledSlices<T>& pooled);
    void add_columns(const T* row_sums, Index rows, const DisplacementSlice<T>& slice,
                     std::size_t output_down, AlignedVector<T>& slices);
    [[nodiscard]] Index begin(std::size_t output_down, std::size_t output_across) const;

    PoolAxis rows_;
    PoolAxis columns_;
    bool with_tangent_;
    T factor_;
    std::vector<Index> rows_before_;  ///< of all output slices of one `across` before each
    Index slot_size_ = 0;
    Index row_sums_size_ = 0;         ///< of a slot
    AlignedVector<T> nngp_row_sums_;  ///< of one `across` of an image
    AlignedVector<T> ntk_row_sums_;
};

}  // namespace sketchntk
