#include "kernels/slice_passes.hpp"

namespace sketchntk {

Index images_at_once(Index bytes_an_image) {
    constexpr Index most_bytes = Index{1} << 20;
    Index count = 16;
    while (count > 1 && count * bytes_an_image > most_bytes) count /= 2;
    return count;
}

template <typename T>
SlicePasses<T>::SlicePasses(const SlicePlan& plan, std::span<const StageDisplacements> wanted,
                            bool with_tangent, std::span<const ImageWithGroup<T>> pairs)
    : plan_(plan),
      wanted_(wanted),
      with_tangent_(with_tangent),
      pairs_(pairs),
      recursions_(wanted.size()) {
    for (std::size_t s = 0; s < wanted.size(); ++s) {
        slices_.emplace_back(plan_.stages[s].input, with_tangent);
        if (!plan_.stages[s].pool) continue;
        const PoolWindows& windows = *plan_.stages[s].pool;
        const Displacements& outputs = wanted[s].behind_pool;
        pools_.emplace_back(PoolAxis(windows.rows, outputs.down),
                            PoolAxis(windows.columns, outputs.across), with_tangent);
        pooled_.emplace_back(pairs.size(), pools_.back().empty());
    }
}

template <typename T>
Index SlicePasses<T>::bytes_an_image() const {
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
std::vector<SliceSums<T>> SlicePasses<T>::means() {
    sums_.assign(pairs_.size(), {});
    run();
    const PixelExtent last = plan_.stages.back().output;
    const auto pixels = static_cast<double>(last.rows * last.columns);
    const double count = plan_.pools_globally ? pixels * pixels : pixels;
    for (SliceSums<T>& sum : sums_) {
        for (double& nngp : sum.nngp) nngp /= count;
        for (double& ntk : sum.ntk) ntk /= count;
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
    const Displacements& wanted = wanted_[stage].behind_layers;
    if (stage == pools_.size()) {
        for (std::size_t down = 0; down < wanted.down.size(); ++down)
            for (std::size_t pair = 0; pair < pairs_.size(); ++pair)
                pass_slice(stage, down, across, pair);
        return;
    }
    // A pool has room for the sums over rows of one image at a time.
    for (std::size_t pair = 0; pair < pairs_.size(); ++pair)
        for (std::size_t down = 0; down < wanted.down.size(); ++down)
            pass_slice(stage, down, across, pair);
    if (stage + 1 == wanted_.size()) return;
    const PoolAxis& pool = pools_[stage].columns();
    const Index displacement = wanted.across[across];
    const auto [first, last] = pool.taking(displacement);
    for (std::size_t output = first; output < last; ++output)
        if (pool.ends(output, displacement)) pass(stage + 1, output);
}

template <typename T>
void SlicePasses<T>::pass_slice(std::size_t stage, std::size_t down, std::size_t across,
                                std::size_t pair) {
    const SliceStage& layers = plan_.stages[stage];
    const Displacements& wanted = wanted_[stage].behind_layers;
    const auto [image, group] = pairs_[pair];
    DisplacementSlice<T>& slice = slices_[stage];
    if (stage == 0)
        slice.start(image->channels, group->channels, wanted.down[down] * layers.row_step,
                    wanted.across[across] * layers.column_step);
    else
        pools_[stage - 1].take(down, across, pooled_[stage - 1][pair], slice);
    recursions_[stage].of(image->stages[stage], group->stages[stage]);
    recursions_[stage].apply(layers.layers, slice);
    if (stage == pools_.size())
        sums_[pair].add(slice);
    else
        pools_[stage].add(slice, pooled_[stage][pair]);
}

template class SlicePasses<float>;
template class SlicePasses<double>;

}  // namespace sketchntk
