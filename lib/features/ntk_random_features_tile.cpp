#include "features/ntk_random_features_tile.hpp"

#include "core/dispatch.hpp"
#include "features/row_tiles.hpp"

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

SKETCHNTK_VECTOR_DISPATCH
void rectify(const float* in, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] = in[k] > 0 ? scale * in[k] : 0;
}

SKETCHNTK_VECTOR_DISPATCH
void step(const float* in, float height, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] = in[k] > 0 ? height : 0;
}

SKETCHNTK_VECTOR_DISPATCH
void gate(const float* in, const float* gates, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] = gates[k] > 0 ? scale * in[k] : 0;
}

float over_root(double numerator, Index count) {
    return static_cast<float>(numerator / std::sqrt(static_cast<double>(count)));
}

}  // namespace

NtkRandomFeatures::Tile::Tile(const NtkRandomFeatures& map) : map_(map), drawn_(map.drawn()) {
    Index widest_relu = map.shapes_.front().product;
    Index widest_gates = 0;
    Index widest_steps = 0;
    for (std::size_t l = 1; l < map.shapes_.size(); ++l) {
        widest_relu = std::max(widest_relu, map.shapes_[l].relu);
        widest_gates = std::max(widest_gates, map.shapes_[l].gates);
        const auto& product = drawn_.layers[l].product;
        if (product) widest_steps = std::max(widest_steps, map.shapes_[l].gates);
        workspaces_.emplace_back();
        if (product) workspaces_.back().emplace(product->workspace());
    }
    row_ = Matrix<float>(row_tile, map.widest_row());
    next_row_ = Matrix<float>(row_tile, map.widest_row());
    relu_products_ = Matrix<float>(row_tile, widest_relu);
    gate_products_ = Matrix<float>(row_tile, widest_gates);
    steps_ = Matrix<float>(row_tile, widest_steps);
}

void NtkRandomFeatures::Tile::operator()(MatrixView<const float> x, MatrixView<float> out) {
    rows_ = x.rows();
    first_dense(x);
    if (map_.shapes_.front().product > 0) expand_input();
    for (std::size_t l = 1; l < map_.shapes_.size(); ++l) {
        const bool last = l + 1 == map_.shapes_.size();
        hidden_layer(l, last ? out
                             : next_row_.view().middle_rows(0, rows_).middle_columns(
                                   0, map_.shapes_[l].row()));
        std::swap(row_, next_row_);
    }
}

void NtkRandomFeatures::Tile::first_dense(MatrixView<const float> x) {
    const Dense& dense = map_.dense_.front();
    const float scale = over_root(dense.w_std, map_.inputs_);
    for (Index i = 0; i < rows_; ++i) {
        for (Index j = 0; j < map_.inputs_; ++j) row_(i, j) = scale * x(i, j);
        if (dense.b_std > 0) row_(i, map_.inputs_) = static_cast<float>(dense.b_std);
    }
}

void NtkRandomFeatures::Tile::expand_input() {
    const LayerShape& shape = map_.shapes_.front();
    const MatrixView<float> expanded = row_.view().middle_columns(shape.phi(), shape.product);
    if (drawn_.layers.front().relu) {
        const MatrixView<float> products = relu_products_.view().middle_columns(0, shape.product);
        drawn_.layers.front().relu->multiply(row_.view().middle_columns(0, shape.phi()), products);
        const float scale = over_root(1, shape.product);
        for (Index i = 0; i < rows_; ++i)
            for (Index k = 0; k < shape.product; ++k) expanded(i, k) = scale * products(i, k);
        return;
    }
    // Coordinate j has this many copies; those of the first coordinates one more.
    for (Index k = 0; k < shape.product; ++k) {
        const Index j = k % shape.phi();
        const Index copies = (shape.product - j + shape.phi() - 1) / shape.phi();
        const float scale = over_root(1, copies);
        for (Index i = 0; i < rows_; ++i) expanded(i, k) = scale * row_(i, j);
    }
}

void NtkRandomFeatures::Tile::hidden_layer(std::size_t layer, MatrixView<float> out) {
    const LayerShape& shape = map_.shapes_[layer];
    if (shape.relu > 0) rectified(layer, out);
    if (shape.bias > 0)
        for (Index i = 0; i < rows_; ++i)
            out(i, shape.relu) = static_cast<float>(map_.dense_[layer].b_std);
    if (shape.product == 0) return;
    const MatrixView<float> gates = gate_products_.view().middle_columns(0, shape.gates);
    drawn_.layers[layer].gates->multiply(
        row_.view().middle_columns(0, map_.shapes_[layer - 1].phi()), gates);
    const MatrixView<float> product = out.middle_columns(shape.phi(), shape.product);
    if (drawn_.layers[layer].product)
        tensor_product(layer, product);
    else
        gated(layer, product);
}

void NtkRandomFeatures::Tile::rectified(std::size_t layer, MatrixView<float> out) {
    const LayerShape& shape = map_.shapes_[layer];
    const MatrixView<float> products = relu_products_.view().middle_columns(0, shape.relu);
    drawn_.layers[layer].relu->multiply(
        row_.view().middle_columns(0, map_.shapes_[layer - 1].phi()), products);
    const float scale = over_root(map_.dense_[layer].w_std, shape.relu);
    for (Index i = 0; i < rows_; ++i)
        rectify(products.row(i).data(), scale, out.row(i).data(), shape.relu);
}

MatrixView<float> NtkRandomFeatures::Tile::psi_of_previous(std::size_t layer) {
    const LayerShape& before = map_.shapes_[layer - 1];
    return row_.view().middle_rows(0, rows_).middle_columns(before.psi_begin(), before.psi());
}

void NtkRandomFeatures::Tile::tensor_product(std::size_t layer, MatrixView<float> out) {
    const LayerShape& shape = map_.shapes_[layer];
    const MatrixView<float> steps =
        steps_.view().middle_rows(0, rows_).middle_columns(0, shape.gates);
    const float height = over_root(1, shape.gates);
    for (Index i = 0; i < rows_; ++i)
        step(gate_products_.row(i).data(), height, steps.row(i).data(), shape.gates);
    drawn_.layers[layer].product->apply(psi_of_previous(layer), steps, out,
                                        static_cast<float>(map_.dense_[layer].w_std),
                                        *workspaces_[layer - 1]);
}

void NtkRandomFeatures::Tile::gated(std::size_t layer, MatrixView<float> out) {
    const MatrixView<float> psi = psi_of_previous(layer);
    const auto scale = static_cast<float>(map_.dense_[layer].w_std);
    for (Index i = 0; i < rows_; ++i)
        gate(psi.row(i).data(), gate_products_.row(i).data(), scale, out.row(i).data(),
             out.columns());
}

}  // namespace sketchntk
