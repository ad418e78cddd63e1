#pragma once

#include "features/random_directions.hpp"

#include <sketchntk/features/ntk_random_features.hpp>

#include <optional>

namespace sketchntk {

/// What one layer makes of the layer before. A row of it holds [relu, bias, product]: phi is its
/// beginning; psi is all of it, or the product alone where phi is not part of psi.
///
/// Layer 0 is the first dense one: relu is there the scaled input, and the product the expansion of
/// the input that elementwise gates begin with.
struct NtkRandomFeatures::LayerShape {
    Index relu = 0;
    Index bias = 0;     ///< 0 or 1
    Index gates = 0;    ///< directions whose signs are used: those of step, or one a coordinate
    Index product = 0;  ///< columns
    bool phi_in_psi = true;

    [[nodiscard]] Index phi() const { return relu + bias; }
    [[nodiscard]] Index row() const { return relu + bias + product; }
    [[nodiscard]] Index psi_begin() const { return phi_in_psi ? 0 : phi(); }
    [[nodiscard]] Index psi() const { return row() - psi_begin(); }
};

struct NtkRandomFeatures::Drawn {
    struct Layer {
        std::optional<RandomDirections::Drawn> relu;
        std::optional<RandomDirections::Drawn> gates;
        std::optional<sketches::TensorSrht::Plan> product;
    };
    std::vector<Layer> layers;  ///< as many as shapes
};

}  // namespace sketchntk
