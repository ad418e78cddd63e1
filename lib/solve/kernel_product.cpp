#include "solve/kernel_product.hpp"

#include "core/dispatch.hpp"
#include "core/parallel.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace sketchntk {

namespace {

constexpr Index edge = 512;

Index tile_count(Index size) {
    return (size + edge - 1) / edge;
}
Index tile_size(Index size, Index tile) {
    return std::min(edge, size - tile * edge);
}

// sum_j row[j] x[j] in sixteen interleaved sums, which vectorise without changing their order.
constexpr std::size_t lanes = 16;

double sum_of_lanes(const std::array<double, lanes>& sums) {
    double total = 0.0;
    for (const double sum : sums) total += sum;
    return total;
}

SKETCHNTK_VECTOR_DISPATCH
double dot(const float* row, const double* x, Index count) {
    std::array<double, lanes> sums{};
    Index j = 0;
    for (; j + static_cast<Index>(lanes) <= count; j += static_cast<Index>(lanes))
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const Index k = j + static_cast<Index>(lane);
            sums[lane] += static_cast<double>(row[k]) * x[k];
        }
    for (; j < count; ++j) sums[0] += static_cast<double>(row[j]) * x[j];
    return sum_of_lanes(sums);
}

// The same, and transposed[j] += row[j] * factor in the same pass over the row.
SKETCHNTK_VECTOR_DISPATCH
double dot_and_add(const float* row, const double* x, double factor, double* transposed,
                   Index count) {
    std::array<double, lanes> sums{};
    Index j = 0;
    for (; j + static_cast<Index>(lanes) <= count; j += static_cast<Index>(lanes))
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const Index k = j + static_cast<Index>(lane);
            const auto entry = static_cast<double>(row[k]);
            sums[lane] += entry * x[k];
            transposed[k] += entry * factor;
        }
    for (; j < count; ++j) {
        const auto entry = static_cast<double>(row[j]);
        sums[0] += entry * x[j];
        transposed[j] += entry * factor;
    }
    return sum_of_lanes(sums);
}

// What each tile of the lower triangle contributes, kept apart until all are there: terms of block
// row I from tile (I, J) and, by symmetry, of block row J from the same tile.
class SymmetricTerms {
  public:
    SymmetricTerms(Index size, Index vectors)
        : tiles_(tile_count(size)), vectors_(vectors), terms_(tiles_ * tiles_ * vectors, edge) {}

    [[nodiscard]] double* of(Index row_tile, Index column_tile, Index vector) {
        return terms_.row((row_tile * tiles_ + column_tile) * vectors_ + vector).data();
    }

  private:
    Index tiles_;
    Index vectors_;
    Matrix<double> terms_;
};

struct Tile {
    Index row;
    Index column;
};

void multiply_tile(const KernelTiles<float>& kernel, Tile tile, const Matrix<double>& vectors,
                   SymmetricTerms& terms) {
    const Index height = tile_size(kernel.rows(), tile.row);
    const Index width = tile_size(kernel.rows(), tile.column);
    Matrix<float> entries(height, width);
    kernel.tile(tile.row * edge, tile.column * edge, entries);
    for (Index v = 0; v < vectors.rows(); ++v) {
        const double* x = vectors.row(v).data();
        double* sums = terms.of(tile.row, tile.column, v);
        double* transposed = terms.of(tile.column, tile.row, v);
        for (Index i = 0; i < height; ++i) {
            const float* row = entries.row(i).data();
            const double* columns = x + tile.column * edge;
            sums[i] = tile.row == tile.column
                          ? dot(row, columns, width)
                          : dot_and_add(row, columns, x[tile.row * edge + i], transposed, width);
        }
    }
}

}  // namespace

Matrix<double> symmetric_product(const KernelTiles<float>& kernel, const Matrix<double>& vectors,
                                 const Execution& execution) {
    const Index size = kernel.rows();
    const Index tiles = tile_count(size);
    std::vector<Tile> lower;
    for (Index row = 0; row < tiles; ++row)
        for (Index column = 0; column <= row; ++column) lower.push_back({row, column});
    SymmetricTerms terms(size, vectors.rows());
    parallel_for(execution, static_cast<Index>(lower.size()), [&](Index i) {
        multiply_tile(kernel, lower[static_cast<std::size_t>(i)], vectors, terms);
    });
    Matrix<double> result(vectors.rows(), size);
    for (Index v = 0; v < vectors.rows(); ++v)
        for (Index row = 0; row < tiles; ++row)
            for (Index column = 0; column < tiles; ++column) {
                const double* term = terms.of(row, column, v);
                double* sum = result.row(v).data() + row * edge;
                for (Index i = 0; i < tile_size(size, row); ++i) sum[i] += term[i];
            }
    return result;
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
                for (Index i = 0; i < count; ++i)
                    result(v, first + i) +=
                        dot(entries.row(i).data(), vectors.row(v).data() + tile * edge,
                            entries.columns());
        }
    });
    return result;
}

Index symmetric_product_bytes(Index size, Index vectors, int threads) {
    const Index tiles = tile_count(size);
    return (tiles * tiles * edge + size) * vectors * static_cast<Index>(sizeof(double)) +
           threads * edge * edge * static_cast<Index>(sizeof(float));
}

}  // namespace sketchntk
