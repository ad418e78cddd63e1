#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/resumable_npy.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>

namespace sketchntk {

/// Pairs of rows whose kernel is computed: each pair of a symmetric kernel once.
[[nodiscard]] Index pair_count(Index rows, Index columns, bool symmetric);

/// Writes a kernel matrix tile by tile to an array file: on all threads, with memory for a tile on
/// each, over as many runs as it takes. A run that is stopped leaves what it has in PATH.partial
/// (see `ResumableNpy`), and the next one of the same kernel goes on there; the file has the same
/// bits as one of an uninterrupted run.
///
/// Tiles have the kernel's `shared_side` and go row of tiles by row of tiles, of a symmetric kernel
/// below the diagonal and on it; what is above is copied at the end. Checkpoints are two seconds
/// apart, at first closer. Progress is told in pairs.
///
/// @param description of the kernel and its rows: whatever decides the entries
/// @returns pairs that earlier runs had done
/// @throws as `ResumableNpy` and the kernel; what was computed until then is kept.
template <typename T>
Index write_gram(const KernelTiles<T>& kernel, const std::string& path, NpyScalar scalar,
                 const RunDescription& description, const Execution& execution = {});

/// Seconds that a pair of a large kernel matrix takes on all threads together, measured on the
/// tiles of a small one for about a second. A tile on the diagonal counts as a whole: half of its
/// pairs count in a matrix, but it takes as long as others, and a large matrix has few.
template <typename T>
[[nodiscard]] double seconds_a_pair(const KernelTiles<T>& kernel, const Execution& execution = {});

}  // namespace sketchntk
