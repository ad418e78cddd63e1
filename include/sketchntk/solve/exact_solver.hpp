#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <string>
#include <string_view>

namespace sketchntk {

/// How the systems of exact kernel ridge regression are solved.
enum class ExactSolver {
    automatic,            ///< what fits into memory and takes the fewest operations
    cholesky,             ///< a float32 factor, refined to float64; 2 n^2 bytes
    cholesky_float64,     ///< a float64 factor; 4 n^2 bytes
    conjugate_gradients,  ///< with a Nystrom preconditioner; O(n (rank + systems)) bytes
};

/// "auto", "cholesky", "cholesky64" or "cg".
[[nodiscard]] std::string_view to_text(ExactSolver solver);
/// @throws InvalidArgument for any other text.
[[nodiscard]] ExactSolver parse_exact_solver(std::string_view text);

/// What there is to solve: K + lambda s I for each lambda, with t targets each.
struct ExactProblemSize {
    Index rows = 0;
    Index targets = 1;
    Index lambdas = 1;
    double smallest_lambda = 1e-2;
    double tolerance = 1e-8;  ///< relative residual
    /// Leave-one-out errors as well, for which there must be a factor; each of the threads holds
    /// some columns of its inverse.
    bool leave_one_out = false;
    int threads = 64;
};

/// A solver, what it gets of the memory, and why.
struct ExactSolverPlan {
    ExactSolver solver = ExactSolver::automatic;
    Index rank = 0;           ///< of the preconditioner of conjugate gradients
    Index kept_bytes = 0;     ///< for tiles of the kernel that stay in memory from step to step
    Index bytes = 0;          ///< of memory in all
    std::string reason = {};  ///< a sentence
};

/// Rounding errors of float32 in K and its factor act like a random symmetric matrix with entries
/// of about eps s, whose norm is 2 sqrt(n) eps s: this over s. A smaller lambda leaves it to luck
/// whether K + lambda s I is positive definite.
[[nodiscard]] double float32_lambda(Index rows);

/// Chooses by memory and by counted operations, with weights measured on two cores (an entry of a
/// kernel computed anew counts as 250 flops of a matrix product, one kept in memory as 25), not by
/// a clock: the same choice on any machine with the same budget.
///
/// Steps of conjugate gradients are guessed as 50 sqrt(0.02 / lambda) (1200 / rank)^0.4 for a
/// residual of 1e-5, as on Protein at depth 3; the rank balances them against the n rank^2 of the
/// preconditioner.
/// @param wanted anything but `automatic` is taken if it fits
/// @param rank of the preconditioner; 0 chooses it
/// @param memory_budget bytes; 0 takes nine tenths of what the machine has available
/// @throws ResourceError if it does not fit, InvalidArgument if conjugate gradients are to give
///   leave-one-out errors.
[[nodiscard]] ExactSolverPlan plan_exact_solver(const ExactProblemSize& size, ExactSolver wanted,
                                                Index rank, Index memory_budget);

}  // namespace sketchntk
