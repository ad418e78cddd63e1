#include "features/pivoted_cholesky.hpp"

#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/gathered_rows.hpp"
#include "core/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sketchntk {

namespace {

constexpr Index most_proposals = 128;
constexpr Index rows_at_once = 512;
// Of the trace: below it the residual is made of rounding errors of float32 kernel entries.
constexpr double rounding = 1e-6;

class PivotedCholesky {
  public:
    PivotedCholesky(const KernelColumns& kernel, Index count, Seed seed, const Execution& execution)
        : kernel_(kernel),
          stream_(seed, 0),
          execution_(execution),
          factor_(kernel.rows(), std::min(count, kernel.rows())),
          residual_(kernel.diagonal()) {
        use_blas_on_one_thread();
        trace_ = residual_trace();
    }

    PivotedFactor run() {
        while (chosen() < factor_.columns() && residual_trace() > rounding * trace_) {
            const Index before = chosen();
            const Accepted accepted = accepted_pivots(proposals());
            // The first proposal is always accepted but for rounding errors.
            if (accepted.rows.empty()) break;
            extend_factor(before, accepted);
            execution_.report({"landmarks", chosen(), factor_.columns(), "rows"});
        }
        return {std::move(pivots_), std::move(factor_)};
    }

  private:
    using Block = Eigen::MatrixXd;

    /// The rows accepted in one block, and the Cholesky factor of the Schur complement at them.
    struct Accepted {
        std::vector<Index> rows;
        Block factor;
    };

    [[nodiscard]] Index chosen() const { return static_cast<Index>(pivots_.size()); }
    [[nodiscard]] double residual_trace() const {
        return std::accumulate(residual_.begin(), residual_.end(), 0.0);
    }

    /// Independent rows with probabilities proportional to the residual.
    std::vector<Index> proposals() {
        std::vector<double> sums(residual_.size());
        std::partial_sum(residual_.begin(), residual_.end(), sums.begin());
        const Index count = std::min(most_proposals, factor_.columns() - chosen());
        std::vector<Index> rows;
        for (Index k = 0; k < count; ++k) {
            const double target = sums.back() * stream_.uniform(block_, k);
            const auto found = std::upper_bound(sums.begin(), sums.end() - 1, target);
            rows.push_back(static_cast<Index>(found - sums.begin()));
        }
        return rows;
    }

    /// The Schur complement at the proposed rows.
    Block schur_complement(const std::vector<Index>& rows) const {
        const auto kernel = kernel_.principal(rows);
        Matrix<float> entries(kernel->rows(), kernel->rows());
        kernel->tile(0, 0, entries.view());
        const Matrix<float> factors =
            gathered_rows(factor_.view().middle_columns(0, chosen()), rows);
        return as_eigen(entries).cast<double>() -
               as_eigen(factors).cast<double>() * as_eigen(factors).cast<double>().transpose();
    }

    Accepted accepted_pivots(const std::vector<Index>& rows) {
        Block schur = schur_complement(rows);
        const auto count = static_cast<Index>(rows.size());
        Accepted accepted;
        std::vector<Index> places;                 // among the proposals
        Block factor = Block::Zero(count, count);  // rows of accepted pivots only
        for (Index j = 0; j < count; ++j) {
            const double before =
                residual_[static_cast<std::size_t>(rows[static_cast<std::size_t>(j)])];
            const double now = schur(j, j);
            const bool accept = now > rounding * before &&
                                before * stream_.uniform(block_, most_proposals + j) < now;
            if (!accept) continue;
            const auto a = static_cast<Index>(accepted.rows.size());
            accepted.rows.push_back(rows[static_cast<std::size_t>(j)]);
            const Eigen::VectorXd column = schur.col(j) / std::sqrt(now);
            schur.noalias() -= column * column.transpose();
            factor.col(a) = column;
            places.push_back(j);
        }
        const auto size = static_cast<Index>(accepted.rows.size());
        accepted.factor = Block::Zero(size, size);
        for (Index a = 0; a < size; ++a)
            for (Index b = 0; b <= a; ++b)
                accepted.factor(a, b) = factor(places[static_cast<std::size_t>(a)], b);
        ++block_;
        return accepted;
    }

    /// New columns G L^-T of the factor, G being the columns of the Schur complement at the
    /// accepted rows and L L^T its block there.
    void extend_factor(Index before, const Accepted& accepted) {
        const auto count = static_cast<Index>(accepted.rows.size());
        const Matrix<float> pivot_factors =
            gathered_rows(factor_.view().middle_columns(0, before), accepted.rows);
        const auto kernel = kernel_.columns(accepted.rows);
        parallel_for(
            execution_, (factor_.rows() + rows_at_once - 1) / rows_at_once, [&](Index part) {
                const Index first = part * rows_at_once;
                const Index rows = std::min(rows_at_once, factor_.rows() - first);
                Matrix<float> columns(rows, count);
                kernel->tile(first, 0, columns.view());
                const MatrixView<float> known = factor_.view().middle_rows(first, rows);
                if (before > 0)
                    as_eigen(columns).noalias() -= as_eigen(known.middle_columns(0, before)) *
                                                   as_eigen(pivot_factors).transpose();
                Block block = as_eigen(columns).cast<double>();
                accepted.factor.triangularView<Eigen::Lower>()
                    .transpose()
                    .solveInPlace<Eigen::OnTheRight>(block);
                as_eigen(known.middle_columns(before, count)) = block.cast<float>();
                for (Index i = 0; i < rows; ++i) {
                    double& left = residual_[static_cast<std::size_t>(first + i)];
                    left = std::max(0.0, left - block.row(i).squaredNorm());
                }
            });
        for (const Index row : accepted.rows) residual_[static_cast<std::size_t>(row)] = 0;
        pivots_.insert(pivots_.end(), accepted.rows.begin(), accepted.rows.end());
    }

    const KernelColumns& kernel_;
    RandomStream stream_;
    const Execution& execution_;
    Matrix<float> factor_;
    std::vector<double> residual_;
    double trace_ = 0;
    std::vector<Index> pivots_;
    Index block_ = 0;  ///< of proposals; the row of the stream that they are drawn from
};

}  // namespace

PivotedFactor randomly_pivoted_cholesky(const KernelColumns& kernel, Index count, Seed seed,
                                        const Execution& execution) {
    return PivotedCholesky(kernel, count, seed, execution).run();
}

}  // namespace sketchntk
