#pragma once

#include <sketchntk/features/feature_map.hpp>

namespace sketchntk {

/// Stands for a map that is not chosen yet: as large as the largest of its candidates.
class AutomaticMap final : public FeatureMap {
  public:
    /// @throws InvalidArgument if no candidate can serve; with the reason of the last.
    AutomaticMap(const FeatureMapConfiguration& configuration, Index inputs);

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override;
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] std::int64_t sparse_bytes(int threads, Index entries) const override;
    [[nodiscard]] std::int64_t learning_bytes() const override;
    [[nodiscard]] double flops_per_row() const override;

    /// @throws InvalidArgument
    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;

  private:
    Index inputs_;
    std::vector<std::unique_ptr<FeatureMap>> candidates_;
};

}  // namespace sketchntk
