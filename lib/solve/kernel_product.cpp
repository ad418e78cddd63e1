#include "solve/kernel_product.hpp"

#include "core/parallel.hpp"
#include "solve/row_products.hpp"

#include <algorithm>
#include <utility>

namespace sketchntk {

namespace {

constexpr Index edge = 512;
constexpr Index tile_bytes = edge * edge * static_cast<Index>(sizeof(float));

Index tile_count(Index size) {
    return (size + edge - 1) / edge;
}
Index tile_size(Index size, Index tile) {
    return std::min(edge, size - tile * edge);
}

// Match number `match` of round number `round` among an even number of players, one of whom stays
// where he is while the others go round.
std::pair<Index, Index> match_of_round(Index players, Index round, Index match) {
    const Index moving = players - 1;
    if (match == 0) return {moving, round};
    return {(round + match) % moving, (round + moving - match) % moving};
}

}  // namespace

SymmetricProduct::SymmetricProduct(const KernelTiles<float>& kernel, Index kept_bytes)
    : kernel_(kernel), tiles_(tile_count(kernel.rows())) {
    const Index all = tiles_ * (tiles_ + 1) / 2;
    kept_.resize(static_cast<std::size_t>(std::clamp<Index>(kept_bytes / tile_bytes, 0, all)));
}

MatrixView<const float> SymmetricProduct::entries(Index row, Index column) {
    const Index height = tile_size(kernel_.rows(), row);
    const Index width = tile_size(kernel_.rows(), column);
    const auto number = static_cast<std::size_t>(row * (row + 1) / 2 + column);
    const auto compute = [&](float* out) {
        const MatrixView<float> tile(out, height, width);
        kernel_.tile(row * edge, column * edge, tile);
        return tile;
    };
    if (number >= kept_.size()) {
        thread_local AlignedVector<float> buffer(static_cast<std::size_t>(edge * edge));
        return compute(buffer.data());
    }
    std::unique_ptr<float[]>& kept = kept_[number];
    if (kept) return {kept.get(), height, width};
    auto fresh = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(height * width));
    const MatrixView<float> tile = compute(fresh.get());
    kept = std::move(fresh);
    return tile;
}

void SymmetricProduct::multiply_tile(Index row, Index column, const Matrix<double>& vectors,
                                     Matrix<double>& result) {
    const MatrixView<const float> tile = entries(row, column);
    for (Index v = 0; v < vectors.rows(); ++v) {
        const double* x = vectors.row(v).data();
        double* sums = result.row(v).data();
        if (row == column)
            add_products(tile, x + column * edge, sums + row * edge);
        else
            add_symmetric(tile, x + column * edge, sums + row * edge, x + row * edge,
                          sums + column * edge);
    }
}

Matrix<double> SymmetricProduct::multiply(const Matrix<double>& vectors,
                                          const Execution& execution) {
    Matrix<double> result(vectors.rows(), kernel_.rows());
    parallel_for(execution, tiles_, [&](Index i) { multiply_tile(i, i, vectors, result); });
    const Index players = tiles_ + tiles_ % 2;
    for (Index round = 0; round + 1 < players; ++round)
        parallel_for(execution, players / 2, [&](Index match) {
            const auto [a, b] = match_of_round(players, round, match);
            if (std::max(a, b) < tiles_)
                multiply_tile(std::max(a, b), std::min(a, b), vectors, result);
        });
    return result;
}

Index SymmetricProduct::bytes_of_tiles(Index size) {
    const Index tiles = tile_count(size);
    return tiles * (tiles + 1) / 2 * tile_bytes;
}

Index SymmetricProduct::bytes(Index size, Index vectors, int threads) {
    return size * vectors * static_cast<Index>(sizeof(double)) + threads * tile_bytes;
}

Matrix<double> cross_product(const KernelTiles<float>& kernel, const Matrix<double>& vectors,
                             const Execution& execution) {
    constexpr Index height = 256;
    Matrix<double> result(vectors.rows(), kernel.rows());
    parallel_for(execution, (kernel.rows() + height - 1) / height, [&](Index strip) {
        const Index first = strip * height;
        const Index count = std::min(height, kernel.rows() - first);
        for (Index tile = 0; tile < tile_count(kernel.columns()); ++tile) {
            Matrix<float> entries(count, tile_size(kernel.columns(), tile));
            kernel.tile(first, tile * edge, entries);
            for (Index v = 0; v < vectors.rows(); ++v)
                add_products(entries, vectors.row(v).data() + tile * edge,
                             result.row(v).data() + first);
        }
    });
    return result;
}

}  // namespace sketchntk
