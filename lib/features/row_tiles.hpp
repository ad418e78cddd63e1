#pragma once

#include "core/parallel.hpp"

#include <sketchntk/core/matrix.hpp>

#include <algorithm>

namespace sketchntk {

/// Rows are mapped in tiles of this many. A smaller last tile is multiplied as a whole one, so that
/// the matrix product treats each row alike wherever it stands.
inline constexpr Index row_tile = 256;

/// Calls worker(x, out) for each tile of the rows. Each thread takes a share of the tiles with a
/// worker of its own, made by `make_worker()`, that keeps its memory from tile to tile.
/// Rows is MatrixView<const float> or SparseRowsView.
template <typename Rows, typename MakeWorker>
void map_tiles(const Rows& x, MatrixView<float> out, const Execution& execution,
               const MakeWorker& make_worker) {
    const Index tiles = (x.rows() + row_tile - 1) / row_tile;
    const Index shares = std::min<Index>(thread_count(execution), tiles);
    parallel_for(execution, shares, [&](Index share) {
        auto worker = make_worker();
        for (Index t = share; t < tiles; t += shares) {
            const Index first = t * row_tile;
            const Index count = std::min(row_tile, x.rows() - first);
            worker(x.middle_rows(first, count), out.middle_rows(first, count));
        }
    });
}

}  // namespace sketchntk
