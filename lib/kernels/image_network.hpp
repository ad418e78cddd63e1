#pragma once

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <span>

namespace sketchntk {

/// Whether a dense layer or a convolution is trained, those within residual sums included.
[[nodiscard]] bool has_trained_layer(std::span<const Layer> layers);

/// What every kernel on images asks of a network.
/// @throws InvalidArgument if it does not fit the shape or does not end with a row, for an NTK
///   without trained layers, and for one of an activation without derivative kernel.
void check_image_network(const Network& network, KernelKind kind, const ImageShape& shape);

/// @throws InvalidArgument for columns that are no multiple of the pixels.
void check_image_columns(Index columns, const ImageShape& shape, const char* name);

/// A tile of a kernel that is computed pair by pair. A pair of a symmetric kernel is taken in one
/// order, so that both of its entries have the same bits.
template <typename T, typename Entry>
void tile_by_pairs(Index first_row, Index first_column, bool symmetric, MatrixView<T> out,
                   const Entry& entry) {
    for (Index a = 0; a < out.rows(); ++a)
        for (Index b = 0; b < out.columns(); ++b) {
            const Index i = first_row + a, j = first_column + b;
            out(a, b) = symmetric && i < j ? entry(j, i) : entry(i, j);
        }
}

}  // namespace sketchntk
