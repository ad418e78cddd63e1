#include "kernels/slice_passes.hpp"

#include <map>

namespace sketchntk {

namespace {

/// Cuts of the images of a pass, each made once.
template <typename T>
class CutImages {
  public:
    CutImages(std::size_t stage, Index from) : stage_(stage), from_(from) {}

    const CutImage<T>& of(const PreparedImage<T>& image) {
        if (image.whole) return *image.whole;
        const auto place = cuts_.find(&image);
        if (place != cuts_.end()) return place->second;
        return cuts_.emplace(&image, image.cut(stage_, from_)).first->second;
    }

  private:
    std::size_t stage_;
    Index from_;
    std::map<const PreparedImage<T>*, CutImage<T>> cuts_;
};

}  // namespace

Index images_across_tile(Index bytes_a_pair) {
    constexpr Index most_bytes = Index{1} << 20;
    Index side = 8;
    while (side > 1 && side * side * bytes_a_pair > most_bytes) side /= 2;
    return side;
}

template <typename T>
CutImage<T> PreparedImage<T>::cut(std::size_t stage, Index from) const {
    static const PixelMaps<T> none;
    return {ColumnCut<T>(stage == 0 ? channels : none, from), ColumnCut<T>(stages[stage], from)};
}

template <typename T>
SlicePasses<T>::SlicePasses(const SlicePlan& plan, std::span<const StageDisplacements> wanted,
                            bool with_tangent, const ImagePairs<T>& pairs)
    : plan_(plan), wanted_(wanted), with_tangent_(with_tangent), pairs_(pairs) {
    for (std::size_t s = 0; s < wanted.size() && plan.stages[s].pool; ++s) {
        const PoolWindows& windows = *plan.stages[s].pool;
        const Displacements& outputs = wanted[s].behind_pool;
        pools_.emplace_back(PoolAxis(windows.rows, outputs.down),
                            PoolAxis(windows.columns, outputs.across), with_tangent);
        pooled_.emplace_back(pairs.size(), pools_.back().empty());
    }
}

template <typename T>
Index SlicePasses<T>::bytes_a_pair() const {
    Index bytes = 0;
    for (const SlicePool<T>& pool : pools_) bytes += pool.numbers() * static_cast<Index>(sizeof(T));
    return bytes;
}

template <typename T>
void SlicePasses<T>::run() {
    for (std::size_t across = 0; across < wanted_.front().behind_layers.across.size(); ++across)
        pass(0, across);
}

template <typename T>
std::vector<SliceSums> SlicePasses<T>::means() {
    sums_.assign(pairs_.size(), {});
    run();
    const PixelExtent last = plan_.stages.back().output;
    const auto pixels = static_cast<double>(last.rows * last.columns);
    const double count = plan_.pools_globally ? pixels * pixels : pixels;
    for (SliceSums& sum : sums_) {
        sum.nngp /= count;
        sum.ntk /= count;
    }
    return sums_;
}

template <typename T>
void SlicePasses<T>::input_behind(DisplacementSlice<T>& slice) {
    run();
    pools_.back().take(0, 0, pooled_.back().front(), slice);
}

template <typename T>
void SlicePasses<T>::pass(std::size_t stage, std::size_t across) {
    const SliceStage& layers = plan_.stages[stage];
    const Index displacement = wanted_[stage].behind_layers.across[across];
    const Index input_across = displacement * layers.column_step;
    CutImages<T> left_cuts(stage, -input_across), right_cuts(stage, input_across);
    DisplacementSlice<T> slice(layers.input, layers.reach, with_tangent_);
    SliceRecursion<T> recursion;
    for (std::size_t pair = 0; pair < pairs_.size(); ++pair)
        pass_pair(stage, across, pair, left_cuts.of(*pairs_[pair].first),
                  right_cuts.of(*pairs_[pair].second), recursion, slice);
    if (stage + 1 == wanted_.size()) return;
    const PoolAxis& pool = pools_[stage].columns();
    const auto [first, last] = pool.taking(displacement);
    for (std::size_t output = first; output < last; ++output)
        if (pool.ends(output, displacement)) pass(stage + 1, output);
}

template <typename T>
void SlicePasses<T>::pass_pair(std::size_t stage, std::size_t across, std::size_t pair,
                               const CutImage<T>& left, const CutImage<T>& right,
                               SliceRecursion<T>& recursion, DisplacementSlice<T>& slice) {
    const SliceStage& layers = plan_.stages[stage];
    const Displacements& wanted = wanted_[stage].behind_layers;
    const bool is_last = stage + 1 == plan_.stages.size();
    recursion.of(left.maps, right.maps);
    SliceTotal<T> total(layers.output.rows, with_tangent_);
    for (std::size_t down = 0; down < wanted.down.size(); ++down) {
        if (stage == 0)
            slice.start(left.channels, right.channels, wanted.down[down] * layers.row_step,
                        wanted.across[across] * layers.column_step);
        else
            pools_[stage - 1].take(down, across, pooled_[stage - 1][pair], slice);
        recursion.apply(layers.layers, slice);
        if (is_last)
            total.add(slice);
        else
            pools_[stage].add(slice, pooled_[stage][pair]);
    }
    if (!is_last) return;
    const SliceSums sums = total.sums();
    sums_[pair].nngp += sums.nngp;
    sums_[pair].ntk += sums.ntk;
}

template struct PreparedImage<float>;
template struct PreparedImage<double>;
template class SlicePasses<float>;
template class SlicePasses<double>;

}  // namespace sketchntk
