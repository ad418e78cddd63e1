#pragma once

#include <sketchntk/features/feature_map.hpp>

namespace sketchntk {

/// The kernel of a network without hidden layers, as exact features:
/// z(x) = [w_std x / sqrt(d), b_std], with the first dense layer's w_std and b_std.
///
/// Ridge regression on these is linear ridge regression: the control that a kernel has to beat.
/// features() is d, and d + 1 if b_std > 0; whatever number of features is asked for.
class LinearFeatures final : public FeatureMap {
  public:
    /// @throws InvalidArgument if inputs < 1 or the network does not begin with a dense layer.
    LinearFeatures(const Network& network, Index inputs);

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return inputs_ + (bias_ > 0 ? 1 : 0); }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] bool depends_on_seed() const override { return false; }

  private:
    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;

    Index inputs_;
    float scale_;
    float bias_;
};

}  // namespace sketchntk
