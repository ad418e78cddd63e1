#include "core/parallel.hpp"
#include "sketches/walsh_hadamard_kernels.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/walsh_hadamard.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string>

namespace sketchntk::sketches {
namespace {

constexpr Index longest = Index{1} << 24;
/// A longer row is cut into pieces of this length, which stay in the second-level cache while they
/// are transformed, and then transformed across the pieces in panels of columns, which stay in the
/// third-level cache.
constexpr Index piece = Index{1} << 16;
constexpr Index panel_columns = 4096;
/// What one thread takes at a time of many rows.
constexpr Index tile_entries = Index{1} << 16;
/// With fewer rows than this for each thread, threads share a long row.
constexpr Index rows_for_thread = 4;

void check_length(const char* what, Index length) {
    const bool power_of_two =
        length > 0 && std::has_single_bit(static_cast<std::uint64_t>(length)) && length <= longest;
    if (!power_of_two) {
        throw InvalidArgument(std::string(what) + ": expected a power of two from 1 to " +
                              std::to_string(longest) + ", got " + std::to_string(length));
    }
}

const WalshHadamardKernel& kernel_for(Index length) {
    const std::span<const WalshHadamardKernel> kernels = walsh_hadamard_kernels();
    const auto fits = [length](const WalshHadamardKernel& kernel) {
        return kernel.lanes <= length;
    };
    const auto fastest = std::find_if(kernels.begin(), kernels.end(), fits);
    return fastest == kernels.end() ? kernels.back() : *fastest;
}

void transform_long_row(std::span<float> row, const Execution& execution) {
    const auto length = static_cast<Index>(row.size());
    const MatrixView<float> pieces(row.data(), length / piece, piece);
    const WalshHadamardKernel& kernel = kernel_for(length);
    parallel_for(execution, pieces.rows(),
                 [&](Index i) { kernel.transform_rows(pieces.middle_rows(i, 1)); });
    parallel_for(execution, piece / panel_columns, [&](Index panel) {
        kernel.transform_columns(pieces.middle_columns(panel * panel_columns, panel_columns));
    });
}

/// On the calling thread.
void transform_rows(MatrixView<float> rows) {
    if (rows.columns() <= piece) return kernel_for(rows.columns()).transform_rows(rows);
    for (Index i = 0; i < rows.rows(); ++i) {
        transform_long_row(rows.row(i), Execution{.threads = 1});
    }
}

}  // namespace

void walsh_hadamard_transform(std::span<float> row) {
    check_length("row", static_cast<Index>(row.size()));
    transform_rows({row.data(), 1, static_cast<Index>(row.size())});
}

void walsh_hadamard_transform_rows(MatrixView<float> rows, const Execution& execution) {
    check_length("rows: columns", rows.columns());
    if (rows.columns() > piece && rows.rows() < rows_for_thread * thread_count(execution)) {
        for (Index i = 0; i < rows.rows(); ++i) transform_long_row(rows.row(i), execution);
        return;
    }
    const Index rows_in_tile = std::max<Index>(1, tile_entries / rows.columns());
    const Index tiles = (rows.rows() + rows_in_tile - 1) / rows_in_tile;
    parallel_for(execution, tiles, [&](Index tile) {
        const Index first = tile * rows_in_tile;
        transform_rows(rows.middle_rows(first, std::min(rows_in_tile, rows.rows() - first)));
    });
}

}  // namespace sketchntk::sketches
