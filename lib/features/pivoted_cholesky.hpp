#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/fully_connected.hpp>

#include <vector>

namespace sketchntk {

/// Pivots of randomly pivoted Cholesky on the kernel matrix of `sample`, at most `count`: each next
/// one with probability proportional to the diagonal of the Schur complement of those before (Chen,
/// Epperly, Tropp and Webber 2023, algorithm 2.1). Drawn in blocks of proposals of which those are
/// rejected that the diagonal, updated by the ones accepted before, would not have given (Epperly,
/// Tropp and Webber 2024, algorithm 3): the same law, at the speed of matrix products.
///
/// Ends early when what is left of the trace is at the level of float32 rounding. Memory:
/// sample.rows() x count floats.
[[nodiscard]] std::vector<Index> randomly_pivoted_cholesky(const Network& network, KernelKind kind,
                                                           MatrixView<const float> sample,
                                                           Index count, Seed seed,
                                                           const Execution& execution);

}  // namespace sketchntk
