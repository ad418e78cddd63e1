#pragma once

#include "kernels/slice_plan.hpp"
#include "kernels/slice_pool.hpp"

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sketchntk {

/// What an image brings to the pairs of a stage, cut to the columns in which both overlap.
template <typename T>
struct CutImage {
    ColumnCut<T> channels;  ///< of the first stage
    ColumnCut<T> maps;
};

template <typename T>
struct PreparedImage {
    PixelMaps<T> channels;             ///< divided by the root of their number
    std::vector<PixelMaps<T>> stages;  ///< for the activations of each stage
    PixelMaps<T> on_rows;              ///< for those behind the pixels, each of one entry
    std::optional<CutImage<T>> whole;  ///< where only displacement 0 counts

    [[nodiscard]] CutImage<T> cut(std::size_t stage, Index from) const;
};

/// So many images are paired with as many others at once: a cut serves so many pairs, and what
/// pairs hold between stages fits into the second-level cache.
[[nodiscard]] Index images_across_tile(Index bytes_a_pair);

template <typename T>
using ImagePairs = std::vector<std::pair<const PreparedImage<T>*, const PreparedImage<T>*>>;

/// Takes pairs of images through the stages of a plan, all pairs together, so that an image is cut
/// once for many of them. What it finds of a pair does not depend on the others.
///
/// A pass takes the slices of one `across` through one stage. Where that ends an `across` of the
/// pool behind, the pass of the next stage follows at once.
template <typename T>
class SlicePasses {
  public:
    /// @param wanted of each stage, from the first on; it must outlive the passes
    SlicePasses(const SlicePlan& plan, std::span<const StageDisplacements> wanted,
                bool with_tangent, const ImagePairs<T>& pairs);

    /// The means of S and T over the pairs of pixels that the end of the pixels takes, for passes
    /// through all stages.
    [[nodiscard]] std::vector<SliceSums> means();
    /// Writes displacement 0 of the input of the stage behind the last pass, for a single pair.
    void input_behind(DisplacementSlice<T>& slice);
    /// Bytes that a pair holds between the stages.
    [[nodiscard]] Index bytes_a_pair() const;

  private:
    void run();
    void pass(std::size_t stage, std::size_t across);
    void pass_pair(std::size_t stage, std::size_t across, std::size_t pair, const CutImage<T>& left,
                   const CutImage<T>& right, SliceRecursion<T>& recursion,
                   DisplacementSlice<T>& slice);

    const SlicePlan& plan_;
    std::span<const StageDisplacements> wanted_;
    bool with_tangent_;
    const ImagePairs<T>& pairs_;
    std::vector<SlicePool<T>> pools_;                   ///< behind each stage
    std::vector<std::vector<PooledSlices<T>>> pooled_;  ///< behind each stage, of each pair
    std::vector<SliceSums> sums_;
};

}  // namespace sketchntk
