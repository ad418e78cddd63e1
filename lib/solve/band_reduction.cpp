#include "solve/band_reduction.hpp"

#include "core/blas.hpp"
#include "core/dispatch.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

constexpr Index width = SymmetricBand::half_width;

Index strip_count(Index size, Index edge) {
    return (size + edge - 1) / edge;
}

// A last block with one row below the band has nothing to eliminate.
Index block_count(Index size) {
    return std::max(Index{0}, size - 2) / width;
}

using Row = std::array<double, width>;

// products := x^T rows for their first column x.
SKETCHNTK_VECTOR_DISPATCH
void multiply_by_first_column(const double* rows, Index count, double* products) {
    Row sums{};
    for (Index i = 0; i < count; ++i) {
        const double* row = rows + i * width;
        for (std::size_t j = 0; j < width; ++j) sums[j] += row[0] * row[j];
    }
    std::copy(sums.begin(), sums.end(), products);
}

// rows := rows - x step^T for column number `column` as x, and products := y^T rows for what has
// then become of column number `next`: one pass over the rows for each reflection.
SKETCHNTK_VECTOR_DISPATCH
void reflect_rows(double* rows, Index count, Index column, Index next, const double* step,
                  double* products) {
    Row sums{};
    Row steps;
    std::copy_n(step, width, steps.begin());
    for (Index i = 0; i < count; ++i) {
        double* row = rows + i * width;
        const double x = row[column];
        const double y = row[next] - x * step[next];
        for (std::size_t j = 0; j < width; ++j) {
            row[j] -= x * steps[j];
            sums[j] += y * row[j];
        }
    }
    std::copy(sums.begin(), sums.end(), products);
}

// The reduction while it runs. Of each block of reflectors V it keeps V^T, W^T, V^T, one below the
// other, so that A - V W^T - W V^T = A - [V W] [W V]^T is one product for each tile. The update by
// one block waits until the next block is known: a tile is updated and multiplied by the next V
// while it is in cache.
class Reducer {
  public:
    Reducer(MatrixView<double> matrix, SymmetricBand& band, Index edge, const Execution& execution)
        : matrix_(matrix),
          band_(band),
          execution_(execution),
          edge_(edge),
          factors_(block_count(matrix.rows()) * width, width),
          column_block_(matrix.rows(), width),
          applied_(3 * width, matrix.rows() + padding),
          next_(3 * width, matrix.rows() + padding),
          inner_sums_(strips() * width, width),
          inner_(width, width) {
        for (Index strip = 0; strip < strips(); ++strip)
            mirrored_products_.emplace_back(width, strip * edge_);
    }

    void run() {
        for_each_strip(0, [&](Index, Index first, Index count) { mirror_diagonal(first, count); });
        Index first = 0;
        for (Index block = 0; block < block_count(size()); ++block) {
            execution_.report({"spectrum", first, size(), "columns"});
            take_columns(first, width);
            first += width;
            factor_columns(block);
            update_and_multiply(first);
            sum_products(block, first);
            std::swap(applied_, next_);
            pending_ = true;
        }
        take_columns(first, size() - first);
        execution_.report({"spectrum", size(), size(), "columns"});
    }

    [[nodiscard]] Matrix<double> factors() && { return std::move(factors_); }

  private:
    // Rows of V^T a power of two apart would fall on each other in the cache.
    static constexpr Index padding = 8;

    [[nodiscard]] Index size() const { return matrix_.rows(); }
    [[nodiscard]] Index strips() const { return strip_count(size(), edge_); }

    template <typename Body>
    void for_each_strip(Index begin, const Body& body) {
        const Index skipped = begin / edge_;
        if (begin >= size()) return;
        parallel_for(execution_, strips() - skipped, [&](Index task) {
            const Index strip = strips() - 1 - task;  // the longest first
            const Index first = std::max(begin, strip * edge_);
            body(strip, first, std::min(size(), (strip + 1) * edge_) - first);
        });
    }

    auto tile(Index row, Index rows, Index column, Index columns) {
        return as_eigen(matrix_.middle_rows(row, rows).middle_columns(column, columns));
    }

    static auto part(Matrix<double>& panel, Index row, Index rows, Index first, Index count) {
        return as_eigen(panel.view().middle_rows(row, rows).middle_columns(first, count));
    }
    static auto reflectors(Matrix<double>& panel, Index first, Index count) {
        return part(panel, 0, width, first, count);
    }
    static auto products(Matrix<double>& panel, Index first, Index count) {
        return part(panel, width, width, first, count);
    }
    auto applied_left(Index first, Index count) {
        return part(applied_, 0, 2 * width, first, count);
    }
    auto applied_right(Index first, Index count) {
        return part(applied_, width, 2 * width, first, count);
    }

    void mirror_diagonal(Index first, Index count) {
        for (Index i = first; i < first + count; ++i)
            for (Index j = first; j < i; ++j) matrix_(j, i) = matrix_(i, j);
    }

    // W = X - V S / 2, in the rows of X.
    void finish_products(Index first, Index count) {
        products(applied_, first, count).noalias() -=
            0.5 * as_eigen(inner_).transpose() * reflectors(applied_, first, count);
    }

    // Brings columns [first, first + count) up to date: the diagonal block goes to the band, the
    // rows below it to the column block.
    void take_columns(Index first, Index count) {
        auto diagonal = tile(first, count, first, count);
        if (pending_) {
            finish_products(first, count);
            diagonal.noalias() -=
                applied_left(first, count).transpose() * applied_right(first, count);
        }
        for (Index i = first; i < first + count; ++i)
            for (Index j = first; j <= i; ++j) band_.set(i, j, matrix_(i, j));
        const Index below = first + count;
        for_each_strip(below, [&](Index, Index row, Index rows) {
            auto taken = as_eigen(column_block_.view().middle_rows(row - below, rows));
            taken = tile(row, rows, first, count);
            if (!pending_) return;
            finish_products(row, rows);
            taken.noalias() -= applied_left(row, rows).transpose() * applied_right(first, count);
        });
    }

    // The QR factorisation of the column block: R goes to the band, V takes its place, its columns
    // unscaled until all is done.
    void factor_columns(Index block) {
        const Index first = (block + 1) * width;
        const Index count = size() - first;
        double* rows = column_block_.data();
        Row scales{};
        Row products;
        multiply_by_first_column(rows + width, count - 1, products.data());
        for (Index column = 0; column < std::min(width, count); ++column) {
            const auto c = static_cast<std::size_t>(column);
            const std::span<double> pivot = column_block_.row(column);
            const HouseholderReflection reflection(pivot[c], products[c]);
            scales[c] = reflection.scale;
            Row step;  // v^T rows
            for (std::size_t j = 0; j < width; ++j)
                step[j] = reflection.scale * (reflection.first * pivot[j] + products[j]);
            extend_factor(block, column, scales, step);
            for (std::size_t j = 0; j < width; ++j)
                step[j] = j > c ? reflection.scale * step[j] : 0.0;
            take_pivot_row(first, column, reflection, step);
            // The row of the next pivot is no part of the next tail.
            const Index next = std::min(column + 1, width - 1);
            const Index tail = std::min(column + 2, count);
            reflect_rows(rows + (column + 1) * width, tail - column - 1, column, next, step.data(),
                         products.data());
            reflect_rows(rows + tail * width, count - tail, column, next, step.data(),
                         products.data());
        }
        keep_reflectors(first, count, scales);
    }

    // T(0:c, c) = -T(0:c, 0:c) V(:, 0:c)^T v, T(c, c) = 1.
    void extend_factor(Index block, Index column, const Row& scales, const Row& step) {
        const auto factor = factors_.view().middle_rows(block * width, width);
        for (Index i = 0; i < column; ++i) {
            double sum = 0.0;
            for (Index j = i; j < column; ++j)
                sum += factor(i, j) * scales[static_cast<std::size_t>(j)] *
                       step[static_cast<std::size_t>(j)];
            factor(i, column) = -sum;
        }
        factor(column, column) = 1.0;
    }

    // R's row goes to the band; V's has nothing right of the diagonal.
    void take_pivot_row(Index first, Index column, const HouseholderReflection& reflection,
                        const Row& step) {
        const std::span<double> row = column_block_.row(column);
        const auto c = static_cast<std::size_t>(column);
        band_.set(first + column, first - width + column, reflection.image);
        row[c] = reflection.first;
        for (std::size_t j = c + 1; j < width; ++j) {
            band_.set(first + column, first - width + static_cast<Index>(j),
                      row[j] - reflection.first * step[j]);
            row[j] = 0.0;
        }
    }

    void keep_reflectors(Index first, Index count, const Row& scales) {
        const Eigen::Map<const Eigen::VectorXd> factors(scales.data(), width);
        const auto block = std::as_const(column_block_).view().middle_rows(0, count);
        for_each_strip(first, [&](Index, Index row, Index rows) {
            const auto unscaled = as_eigen(block.middle_rows(row - first, rows));
            tile(row, rows, first - width, width).noalias() = unscaled * factors.asDiagonal();
            auto v = reflectors(next_, row, rows);
            v.noalias() = factors.asDiagonal() * unscaled.transpose();
            part(next_, 2 * width, width, row, rows) = v;
        });
    }

    // A := A - V W^T - W V^T with the block before, and A V with this one. What a tile adds to the
    // products of its columns waits, so that it is added in a fixed order.
    void update_and_multiply(Index begin) {
        for_each_strip(begin, [&](Index strip, Index row, Index rows) {
            auto own = products(next_, row, rows);
            Matrix<double>& mirrored = mirrored_products_[static_cast<std::size_t>(strip)];
            own.setZero();
            for (Index column = begin; column < row + rows;) {
                const Index end = std::min((column / edge_ + 1) * edge_, row + rows);
                const Index columns = end - column;
                auto entries = tile(row, rows, column, columns);
                if (pending_)
                    entries.noalias() -=
                        applied_left(row, rows).transpose() * applied_right(column, columns);
                own.noalias() += reflectors(next_, column, columns) * entries.transpose();
                if (column < row)
                    part(mirrored, 0, width, column, columns).noalias() =
                        reflectors(next_, row, rows) * entries;
                column = end;
            }
        });
    }

    // X = A V T and S = T^T V^T X.
    void sum_products(Index block, Index begin) {
        const auto factor = as_eigen(factors_.view().middle_rows(block * width, width));
        for_each_strip(begin, [&](Index strip, Index row, Index rows) {
            RowMajor<double> sum = products(next_, row, rows);
            for (Index other = strip + 1; other < strips(); ++other)
                sum +=
                    part(mirrored_products_[static_cast<std::size_t>(other)], 0, width, row, rows);
            products(next_, row, rows).noalias() = factor.transpose() * sum;
            as_eigen(inner_sums_.view().middle_rows(strip * width, width)).noalias() =
                reflectors(next_, row, rows) * products(next_, row, rows).transpose();
        });
        RowMajor<double> sum = RowMajor<double>::Zero(width, width);
        for (Index strip = begin / edge_; strip < strips(); ++strip)
            sum += as_eigen(inner_sums_.view().middle_rows(strip * width, width));
        as_eigen(inner_).noalias() = factor.transpose() * sum;
    }

    MatrixView<double> matrix_;
    SymmetricBand& band_;
    const Execution& execution_;
    Index edge_;
    Matrix<double> factors_;
    bool pending_ = false;  ///< the update by applied_ is still to be done
    Matrix<double> column_block_;
    Matrix<double> applied_;
    Matrix<double> next_;
    std::vector<Matrix<double>> mirrored_products_;  ///< of a strip's tiles, for their columns
    Matrix<double> inner_sums_;                      ///< V^T X of the strips
    Matrix<double> inner_;                           ///< S
};

}  // namespace

Index band_tile_edge(Index size) {
    constexpr Index smallest_for_large_tiles = 8192;
    return size < smallest_for_large_tiles ? 128 : 256;
}

Matrix<double> reduce_to_band(MatrixView<double> matrix, SymmetricBand& band, Index tile_edge,
                              const Execution& execution) {
    use_blas_on_one_thread();
    const Matrix<double> factors = [&] {
        Reducer reducer(matrix, band, tile_edge, execution);
        reducer.run();
        return std::move(reducer).factors();
    }();
    return merge_band_factors(matrix, factors, execution);
}

// The merged factors come when the reducer's memory is free again, but for its own factors.
Index band_reduction_bytes(Index size) {
    const Index edge = band_tile_edge(size);
    const Index strips = strip_count(size, edge);
    const Index of_strips = width * edge * strips * (strips - 1) / 2 + strips * width * width;
    const Index reducing = (width + 2 * 3 * width) * size + of_strips;
    const Index own_factors = width * size;
    return (own_factors + std::max(reducing, merged_reflections * size)) *
           static_cast<Index>(sizeof(double));
}

}  // namespace sketchntk
