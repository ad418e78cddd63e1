#pragma once

#include "features/ntk_random_features_layer.hpp"

#include <vector>

namespace sketchntk {

/// One tile of rows on its way through the layers, and the memory it needs.
class NtkRandomFeatures::Tile {
  public:
    explicit Tile(const NtkRandomFeatures& map);

    /// Maps at most `row_tile` rows.
    void operator()(MatrixView<const float> x, MatrixView<float> out);

  private:
    void first_dense(MatrixView<const float> x);
    /// Copies of the input, or a projection of it, each an unbiased stand-in.
    void expand_input();
    void hidden_layer(std::size_t layer, MatrixView<float> out);
    void rectified(std::size_t layer, MatrixView<float> out);
    void tensor_product(std::size_t layer, MatrixView<float> out);
    void gated(std::size_t layer, MatrixView<float> out);
    [[nodiscard]] MatrixView<float> psi_of_previous(std::size_t layer);

    const NtkRandomFeatures& map_;
    const Drawn& drawn_;
    std::vector<std::optional<sketches::TensorSrht::Workspace>> workspaces_;  ///< one a layer
    Matrix<float> row_;
    Matrix<float> next_row_;
    Matrix<float> relu_products_;
    Matrix<float> gate_products_;
    Matrix<float> steps_;
    Index rows_ = 0;
};

}  // namespace sketchntk
