#include "features/layer_blocks.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>

#include <algorithm>

namespace sketchntk {

LayerBlocks::LayerBlocks(const Network& network, std::vector<std::unique_ptr<FeatureMap>> maps)
    : network_(network), maps_(std::move(maps)) {}

Index LayerBlocks::features() const {
    Index sum = 0;
    for (const auto& map : maps_) sum += map->features();
    return sum;
}

std::int64_t LayerBlocks::bytes(int threads) const {
    std::int64_t sum = 0;
    for (const auto& map : maps_) sum += map->bytes(threads);
    return sum;
}

std::int64_t LayerBlocks::sparse_bytes(int threads, Index entries) const {
    std::int64_t sum = 0;
    for (const auto& map : maps_) sum += map->sparse_bytes(threads, entries);
    return sum;
}

double LayerBlocks::flops_per_row() const {
    double sum = 0;
    for (const auto& map : maps_) sum += map->flops_per_row();
    return sum;
}

double LayerBlocks::missing_share() const {
    const std::vector<Network> networks = networks_of_single_layers(network_);
    const double one = 1;
    double missing = 0;
    double whole = 0;
    for (std::size_t l = 0; l < maps_.size(); ++l) {
        const double diagonal = kernel_curve(networks[l], KernelKind::ntk, 1, {&one, 1}).front();
        missing += maps_[l]->missing_share() * diagonal;
        whole += diagonal;
    }
    return missing / whole;
}

LearntRows LayerBlocks::learnt() const {
    LearntRows all;
    for (const auto& map : maps_)
        for (Matrix<float>& rows : map->learnt()) all.push_back(std::move(rows));
    return all;
}

std::vector<FeatureBlock> LayerBlocks::blocks() const {
    const std::vector<Dense> dense = dense_layers(network_);
    std::vector<FeatureBlock> blocks;
    Index first = 0;
    for (std::size_t l = 0; l < dense.size(); ++l) {
        if (!dense[l].trained) continue;
        const Index count = maps_[blocks.size()]->features();
        blocks.push_back({"layer " + std::to_string(l + 1), first, count});
        first += count;
    }
    return blocks;
}

bool LayerBlocks::keeps_sparse_rows() const {
    return std::all_of(maps_.begin(), maps_.end(),
                       [](const auto& map) { return map->keeps_sparse_rows(); });
}

bool LayerBlocks::depends_on_seed() const {
    return std::any_of(maps_.begin(), maps_.end(),
                       [](const auto& map) { return map->depends_on_seed(); });
}

void LayerBlocks::map_rows(MatrixView<const float> x, MatrixView<float> out,
                           const Execution& execution) const {
    Index first = 0;
    for (const auto& map : maps_) {
        map->map_rows(x, out.middle_columns(first, map->features()), execution);
        first += map->features();
    }
}

void LayerBlocks::map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                                  const Execution& execution) const {
    Index first = 0;
    for (const auto& map : maps_) {
        map->map_sparse_rows(x, out.middle_columns(first, map->features()), execution);
        first += map->features();
    }
}

std::vector<FeatureMapConfiguration> configurations_of_layers(
    const FeatureMapConfiguration& configuration) {
    if (configuration.kind != KernelKind::ntk)
        throw InvalidArgument("blocks: only the NTK is a sum over layers, not the NNGP");
    const std::vector<Network> networks = networks_of_single_layers(configuration.network);
    const auto layers = static_cast<Index>(networks.size());
    if (layers < 1) throw InvalidArgument("blocks: no layer of the network is trained");
    if (configuration.features < layers)
        throw InvalidArgument("features: " + std::to_string(layers) +
                              " blocks need at least one each, got " +
                              std::to_string(configuration.features));
    std::vector<FeatureMapConfiguration> all;
    for (Index l = 0; l < layers; ++l) {
        FeatureMapConfiguration layer = configuration;
        layer.network = networks[static_cast<std::size_t>(l)];
        layer.features =
            configuration.features / layers + (l < configuration.features % layers ? 1 : 0);
        layer.seed = configuration.seed.child(static_cast<std::uint32_t>(l));
        layer.layer_blocks = false;
        all.push_back(std::move(layer));
    }
    return all;
}

}  // namespace sketchntk
