#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>

namespace sketchntk::sketches {

/// The Walsh-Hadamard transform on the calling thread, written for one vector unit. Sizes are
/// powers of two and not checked.
struct WalshHadamardKernel {
    /// Numbers in a register. Shorter rows are transformed as well, but slowly.
    Index lanes;
    /// Transforms every row; fastest for rows that fit into the caches.
    void (*transform_rows)(MatrixView<float> rows);
    /// Transforms every column: the levels of a long row that go across the pieces it is cut into.
    /// The number of columns is a multiple of `columns_multiple`.
    void (*transform_columns)(MatrixView<float> rows);

    static constexpr Index columns_multiple = 16;
};

/// One for each vector unit that this machine has, the fastest first. All give the same bits.
[[nodiscard]] std::span<const WalshHadamardKernel> walsh_hadamard_kernels();

}  // namespace sketchntk::sketches
