#include "solve/kernel_product.hpp"
#include "solve/nystrom_preconditioner.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/solve/exact_solver.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace sketchntk {

namespace {

constexpr double flops_of_computed_entry = 250.0;
constexpr double flops_of_kept_entry = 25.0;

std::string mebibytes(Index bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

// Of the iteration: solutions, residuals, directions, right-hand sides, P^-1 1 and the arguments
// and results of two operators.
Index bytes_of_vectors(const ExactProblemSize& size) {
    constexpr Index vectors_held = 9;
    constexpr int generous_threads = 64;
    const Index systems = size.targets * size.lambdas;
    return vectors_held * systems * size.rows * static_cast<Index>(sizeof(double)) +
           SymmetricProduct::bytes(size.rows, systems, generous_threads);
}

double share_kept(const ExactProblemSize& size, Index kept_bytes) {
    const auto all = static_cast<double>(SymmetricProduct::bytes_of_tiles(size.rows));
    return std::min(1.0, static_cast<double>(kept_bytes) / all);
}

double flops_of_entry(double kept) {
    return kept * flops_of_kept_entry + (1.0 - kept) * flops_of_computed_entry;
}

// Where the derivatives of n rank^2 and of steps times the work of a step cancel.
Index balanced_rank(const ExactProblemSize& size, double kept) {
    const double root = std::sqrt(static_cast<double>(size.rows));
    const double per_root = 6.0 * std::sqrt(flops_of_entry(kept) / flops_of_kept_entry);
    const double by_lambda = std::clamp(std::pow(0.02 / size.smallest_lambda, 0.25), 0.25, 3.0);
    const Index most = std::min<Index>(8192, size.rows / 2 + 1);
    return std::clamp<Index>(static_cast<Index>(per_root * root * by_lambda), 1, most);
}

double guessed_steps(const ExactProblemSize& size, Index rank) {
    const double decades = std::max(1.0, -std::log10(size.tolerance));
    return 50.0 * (decades / 5.0) * std::sqrt(0.02 / size.smallest_lambda) *
           std::pow(1200.0 / static_cast<double>(rank), 0.4);
}

struct Candidate {
    ExactSolverPlan plan;
    double flops = 0.0;
};

Candidate by_cholesky(const ExactProblemSize& size, ExactSolver solver) {
    const bool wide = solver == ExactSolver::cholesky_float64;
    Index factor =
        wide ? TiledCholesky<double>::bytes(size.rows) : TiledCholesky<float>::bytes(size.rows);
    if (size.leave_one_out)
        factor += wide ? TiledCholesky<double>::inverse_diagonal_bytes(size.rows, size.threads)
                       : TiledCholesky<float>::inverse_diagonal_bytes(size.rows, size.threads);
    ExactProblemSize one = size;
    one.lambdas = 1;
    const auto n = static_cast<double>(size.rows);
    const double factors = static_cast<double>(size.lambdas) * (wide ? 2.0 : 1.0);
    return {{.solver = solver, .bytes = factor + bytes_of_vectors(one)},
            factors * n * n * (n / 3.0 + 2.0 * flops_of_computed_entry)};
}

Candidate by_conjugate_gradients(const ExactProblemSize& size, Index rank, Index budget) {
    const Index vectors = bytes_of_vectors(size);
    const Index systems = size.targets * size.lambdas;
    const Index tiles = SymmetricProduct::bytes_of_tiles(size.rows);
    if (rank == 0)
        rank = balanced_rank(size, share_kept(size, std::max<Index>(0, budget - vectors)));
    const auto fixed = [&](Index r) {
        return vectors + NystromPreconditioner::bytes(size.rows, r, size.lambdas, systems);
    };
    // A small preconditioner is better than none, and tiles can be computed again.
    while (rank > 64 && fixed(rank) > budget) rank = rank * 3 / 4;
    const Index kept = std::clamp<Index>(budget - fixed(rank), 0, tiles);
    const auto n = static_cast<double>(size.rows);
    const auto r = static_cast<double>(rank);
    const double step = n * n / 2.0 * flops_of_entry(share_kept(size, kept)) +
                        4.0 * n * r * static_cast<double>(systems);
    return {
        {.solver = ExactSolver::conjugate_gradients,
         .rank = rank,
         .kept_bytes = kept,
         .bytes = fixed(rank) + kept},
        2.0 * n * r * r + guessed_steps(size, rank) * step + n * n / 2.0 * flops_of_computed_entry};
}

[[noreturn]] void refuse(const ExactProblemSize& size, std::string_view solver, Index needed,
                         Index budget) {
    throw ResourceError("exact kernel ridge on " + std::to_string(size.rows) + " rows by " +
                        std::string(solver) + " needs " + std::to_string(needed) +
                        " bytes, more than the " + std::to_string(budget) +
                        " of the memory budget; use fewer rows, " +
                        (size.leave_one_out ? "cg, which has no leave-one-out errors," : "cg") +
                        " or a feature map");
}

std::string details(const ExactProblemSize& size, const ExactSolverPlan& plan) {
    if (plan.solver != ExactSolver::conjugate_gradients) return mebibytes(plan.bytes);
    const auto percent = static_cast<int>(std::floor(100.0 * share_kept(size, plan.kept_bytes)));
    return "rank " + std::to_string(plan.rank) + ", " + std::to_string(percent) +
           " % of the kernel kept in memory, " + mebibytes(plan.bytes);
}

}  // namespace

std::string_view to_text(ExactSolver solver) {
    switch (solver) {
        case ExactSolver::automatic:
            return "auto";
        case ExactSolver::cholesky:
            return "cholesky";
        case ExactSolver::cholesky_float64:
            return "cholesky64";
        case ExactSolver::conjugate_gradients:
            return "cg";
    }
    return {};
}

ExactSolver parse_exact_solver(std::string_view text) {
    for (const ExactSolver solver :
         {ExactSolver::automatic, ExactSolver::cholesky, ExactSolver::cholesky_float64,
          ExactSolver::conjugate_gradients})
        if (text == to_text(solver)) return solver;
    throw InvalidArgument("exact solver: expected auto, cholesky, cholesky64 or cg, got '" +
                          std::string(text) + "'");
}

double float32_lambda(Index rows) {
    return 2.0 * std::sqrt(static_cast<double>(rows)) *
           static_cast<double>(std::numeric_limits<float>::epsilon());
}

ExactSolverPlan plan_exact_solver(const ExactProblemSize& size, ExactSolver wanted, Index rank,
                                  Index memory_budget) {
    const Index budget = memory_budget > 0 ? memory_budget : available_memory_bytes() / 10 * 9;
    if (size.leave_one_out && wanted == ExactSolver::conjugate_gradients)
        throw InvalidArgument(
            "exact solver: leave-one-out errors need the diagonal of the inverse, which a Cholesky "
            "factor gives and conjugate gradients (cg) do not; take auto, cholesky or cholesky64");
    const bool within_float32 = size.smallest_lambda >= float32_lambda(size.rows);
    std::vector<Candidate> candidates{
        by_cholesky(size, within_float32 ? ExactSolver::cholesky : ExactSolver::cholesky_float64),
        by_conjugate_gradients(size, rank, budget)};
    if (wanted == ExactSolver::cholesky || wanted == ExactSolver::cholesky_float64)
        candidates = {by_cholesky(size, wanted)};
    if (wanted == ExactSolver::conjugate_gradients) candidates.erase(candidates.begin());
    if (size.leave_one_out) candidates.resize(1);

    const Candidate* best = nullptr;
    for (const Candidate& candidate : candidates)
        if (candidate.plan.bytes <= budget && (best == nullptr || candidate.flops < best->flops))
            best = &candidate;
    if (best == nullptr)
        refuse(size, to_text(candidates.back().plan.solver), candidates.back().plan.bytes, budget);
    ExactSolverPlan plan = best->plan;
    plan.reason = std::string(to_text(plan.solver)) + " (" + details(size, plan) + "): ";
    if (wanted != ExactSolver::automatic)
        plan.reason += "as asked for";
    else if (candidates.front().plan.bytes > budget)
        plan.reason +=
            "a Cholesky factor of " + mebibytes(candidates.front().plan.bytes) + " does not fit";
    else
        plan.reason += size.leave_one_out ? "leave-one-out errors need a factor"
                                          : "the fewest operations by count";
    return plan;
}

}  // namespace sketchntk
