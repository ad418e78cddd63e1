#pragma once

#include "kernels/slice_plan.hpp"
#include "kernels/slice_pool.hpp"

#include <span>
#include <vector>

namespace sketchntk {

/// So many images go through a pass together: what a group brings to them stays in the second-level
/// cache meanwhile, and so does what they hold between stages.
[[nodiscard]] Index images_at_once(Index bytes_an_image);

/// The pairs of an image with all images of a group.
template <typename T>
struct ImageWithGroup {
    const PreparedImage<T>* image;
    const PreparedGroup<T>* group;
};

/// Takes pairs of images through the stages of a plan, each image with a group. What it finds of a
/// pair does not depend on the others.
///
/// A pass takes the slices of one `across` through one stage. Where that ends an `across` of the
/// pool behind, the pass of the next stage follows at once.
template <typename T>
class SlicePasses {
  public:
    /// @param wanted of each stage, from the first on @param pairs both must outlive the passes
    SlicePasses(const SlicePlan& plan, std::span<const StageDisplacements> wanted,
                bool with_tangent, std::span<const ImageWithGroup<T>> pairs);

    /// The means of S and T over the pairs of pixels that the end of the pixels takes, for passes
    /// through all stages.
    [[nodiscard]] std::vector<SliceSums<T>> means();
    /// Writes displacement 0 of the input of the stage behind the last pass, for a single image.
    void input_behind(DisplacementSlice<T>& slice);
    /// Bytes that an image holds between the stages for its pairs with a group.
    [[nodiscard]] Index bytes_an_image() const;

  private:
    void run();
    void pass(std::size_t stage, std::size_t across);
    void pass_slice(std::size_t stage, std::size_t down, std::size_t across, std::size_t pair);

    const SlicePlan& plan_;
    std::span<const StageDisplacements> wanted_;
    bool with_tangent_;
    std::span<const ImageWithGroup<T>> pairs_;
    std::vector<DisplacementSlice<T>> slices_;          ///< of each stage
    std::vector<SliceRecursion<T>> recursions_;         ///< through the layers of each stage
    std::vector<SlicePool<T>> pools_;                   ///< behind each stage
    std::vector<std::vector<PooledSlices<T>>> pooled_;  ///< behind each stage, of each image
    std::vector<SliceSums<T>> sums_;
};

}  // namespace sketchntk
