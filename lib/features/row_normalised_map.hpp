#pragma once

#include <sketchntk/features/feature_map.hpp>

namespace sketchntk {

/// Another map, of rows scaled to length sqrt(inputs) (`scale_rows_to_unit_mean_square`).
class RowNormalisedMap final : public FeatureMap {
  public:
    explicit RowNormalisedMap(std::unique_ptr<FeatureMap> inner) : inner_(std::move(inner)) {}

    [[nodiscard]] Index inputs() const override { return inner_->inputs(); }
    [[nodiscard]] Index features() const override { return inner_->features(); }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] std::int64_t sparse_bytes(int threads, Index entries) const override;
    [[nodiscard]] std::int64_t learning_bytes() const override { return inner_->learning_bytes(); }
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] double missing_share() const override { return inner_->missing_share(); }
    [[nodiscard]] LearntRows learnt() const override { return inner_->learnt(); }
    [[nodiscard]] std::vector<FeatureBlock> blocks() const override { return inner_->blocks(); }
    [[nodiscard]] bool keeps_sparse_rows() const override { return inner_->keeps_sparse_rows(); }
    [[nodiscard]] bool depends_on_seed() const override { return inner_->depends_on_seed(); }
    [[nodiscard]] bool approximates_network_kernel() const override {
        return inner_->approximates_network_kernel();
    }

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    void map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                         const Execution& execution) const override;

  private:
    std::unique_ptr<FeatureMap> inner_;
};

}  // namespace sketchntk
