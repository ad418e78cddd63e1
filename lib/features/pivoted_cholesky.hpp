#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/kernel_columns.hpp>

#include <vector>

namespace sketchntk {

/// What randomly pivoted Cholesky made of a kernel matrix K: F F^T is its Nystrom approximation
/// from the columns at the pivots.
struct PivotedFactor {
    std::vector<Index> pivots;
    Matrix<float> factor;  ///< F, n x count; columns beyond the number of pivots are zero
};

/// Pivots of randomly pivoted Cholesky on a kernel matrix, at most `count`, and the factor: each
/// next one with probability proportional to the diagonal of the Schur complement of those before
/// (Chen, Epperly, Tropp and Webber 2023, algorithm 2.1). Drawn in blocks of proposals of which
/// those are rejected that the diagonal, updated by the ones accepted before, would not have given
/// (Epperly, Tropp and Webber 2024, algorithm 3): the same law, at the speed of matrix products.
///
/// Ends early when what is left of the trace is at the level of float32 rounding. Cost: n count^2
/// flops; memory: n x count floats.
[[nodiscard]] PivotedFactor randomly_pivoted_cholesky(const KernelColumns& kernel, Index count,
                                                      Seed seed, const Execution& execution);

}  // namespace sketchntk
