#pragma once

#include "core/parallel.hpp"

#include <sketchntk/core/matrix.hpp>

#include <algorithm>

namespace sketchntk {

/// Rows are mapped in tiles of this many. A smaller last tile is multiplied as a whole one, so that
/// the matrix product treats each row alike wherever it stands.
inline constexpr Index row_tile = 256;

/// Calls worker(first, count) for each tile of `rows` rows. Each thread takes a share of the tiles
/// with a worker of its own, made by `make_worker()`, that keeps its memory from tile to tile.
template <typename MakeWorker>
void for_each_row_tile(Index rows, const Execution& execution, const MakeWorker& make_worker) {
    const Index tiles = (rows + row_tile - 1) / row_tile;
    const Index shares = std::min<Index>(thread_count(execution), tiles);
    parallel_for(execution, shares, [&](Index share) {
        auto worker = make_worker();
        for (Index t = share; t < tiles; t += shares) {
            const Index first = t * row_tile;
            worker(first, std::min(row_tile, rows - first));
        }
    });
}

/// The same with worker(x, out) for the rows of each tile.
/// Rows is MatrixView<const float> or SparseRowsView.
template <typename Rows, typename MakeWorker>
void map_tiles(const Rows& x, MatrixView<float> out, const Execution& execution,
               const MakeWorker& make_worker) {
    for_each_row_tile(x.rows(), execution, [&] {
        return [&, worker = make_worker()](Index first, Index count) mutable {
            worker(x.middle_rows(first, count), out.middle_rows(first, count));
        };
    });
}

}  // namespace sketchntk
