#pragma once

#include "core/parallel.hpp"
#include "sketches/checks.hpp"

#include <sketchntk/core/sparse_rows_view.hpp>

#include <algorithm>
#include <span>

namespace sketchntk::sketches {

/// out[j] = a[j] b[j] for the entries of `a`; the others may have more. `out` may be a.
void multiply_entries(std::span<const float> a, std::span<const float> b, std::span<float> out);

/// A row times signs, in a row that is longer and holds zeros elsewhere.
class SignedRow {
  public:
    explicit SignedRow(Index length) : entries_(static_cast<std::size_t>(length)) {}

    [[nodiscard]] std::span<float> entries() { return entries_; }

    void load(std::span<const float> row, std::span<const float> signs);
    void load(const SparseRowsView::Row& row, std::span<const float> signs);

  private:
    AlignedVector<float> entries_;
};

/// Calls `use(entries, i)` for every row i of x (dense or sparse), times signs and padded with
/// zeros to `length` entries, which `use` may change; on the threads of `execution`. `make_use()`
/// makes one `use` for each tile of rows, with scratch memory of its own. Values that are not
/// finite and columns out of order are refused.
template <typename Rows, typename MakeUse>
void for_each_signed_row(const Rows& x, std::span<const float> signs, Index length,
                         const Execution& execution, const MakeUse& make_use) {
    constexpr Index rows_in_tile = 32;
    const Index tiles = (x.rows() + rows_in_tile - 1) / rows_in_tile;
    parallel_for(execution, tiles, [&](Index tile) {
        const Index first = tile * rows_in_tile;
        const Rows rows = x.middle_rows(first, std::min(rows_in_tile, x.rows() - first));
        check_rows(rows, first);
        SignedRow row(length);
        auto use = make_use();
        for (Index i = 0; i < rows.rows(); ++i) {
            row.load(rows.row(i), signs);
            use(row.entries(), first + i);
        }
    });
}

}  // namespace sketchntk::sketches
