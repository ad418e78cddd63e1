#pragma once

#include <sketchntk/features/feature_map.hpp>

namespace sketchntk {

/// One map for each trained layer of a network, side by side: the NTK is the sum of the NTKs of
/// `networks_of_single_layers`, so the features of the parts, concatenated, are features of the
/// whole, and a block can be weighted on its own.
class LayerBlocks final : public FeatureMap {
  public:
    /// @param maps at least one, of equal inputs, one for each network of
    ///   `networks_of_single_layers(network)`
    LayerBlocks(const Network& network, std::vector<std::unique_ptr<FeatureMap>> maps);

    [[nodiscard]] Index inputs() const override { return maps_.front()->inputs(); }
    [[nodiscard]] Index features() const override;
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] std::int64_t sparse_bytes(int threads, Index entries) const override;
    [[nodiscard]] double flops_per_row() const override;
    /// The mean of the layers' shares, weighted by their kernels on the unit sphere.
    [[nodiscard]] double missing_share() const override;
    [[nodiscard]] LearntRows learnt() const override;
    /// Named "layer 1", ..., the number being that of the trained dense layer.
    [[nodiscard]] std::vector<FeatureBlock> blocks() const override;
    [[nodiscard]] bool keeps_sparse_rows() const override;
    [[nodiscard]] bool depends_on_seed() const override;

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    void map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                         const Execution& execution) const override;

  private:
    Network network_;
    std::vector<std::unique_ptr<FeatureMap>> maps_;
};

/// The configurations of the layers' maps: equal shares of the features, the first ones getting
/// what is left over, and seeds of their own. `normalise_rows` stays as it is, so that a map knows
/// of it; rows are scaled once, before they come to the layers' maps.
/// @throws InvalidArgument for the NNGP, which belongs to no layer, and for fewer features than
///   layers.
[[nodiscard]] std::vector<FeatureMapConfiguration> configurations_of_layers(
    const FeatureMapConfiguration& configuration);

}  // namespace sketchntk
