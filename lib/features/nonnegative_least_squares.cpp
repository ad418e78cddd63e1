#include "features/nonnegative_least_squares.hpp"

#include <sketchntk/core/error.hpp>

#include <Eigen/Dense>

#include <algorithm>
#include <string>

namespace sketchntk {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

class ActiveSet {
  public:
    ActiveSet(MatrixXd a, VectorXd b)
        : a_(std::move(a)),
          b_(std::move(b)),
          x_(VectorXd::Zero(a_.cols())),
          passive_(static_cast<std::size_t>(a_.cols()), false),
          // A gradient below this is rounding.
          tolerance_(1e-13 * a_.cwiseAbs().colwise().sum().maxCoeff() * b_.cwiseAbs().maxCoeff()) {}

    VectorXd solve() {
        const Index most_steps = 10 * (a_.cols() + 3);
        for (Index step = 0; step < most_steps; ++step) {
            const Index entering = steepest();
            if (entering < 0) return x_;
            passive(entering) = true;
            if (!advance(entering)) blocked_ = entering;
        }
        throw NumericalError("non-negative least squares: expected an end within " +
                             std::to_string(most_steps) + " steps");
    }

  private:
    std::vector<bool>::reference passive(Index j) { return passive_[static_cast<std::size_t>(j)]; }

    // The variable whose growth from zero lowers the error most, or -1 at the optimum.
    Index steepest() {
        const VectorXd descent = a_.transpose() * (b_ - a_ * x_);
        Index best = -1;
        for (Index j = 0; j < a_.cols(); ++j) {
            if (passive(j) || j == blocked_ || descent[j] <= tolerance_) continue;
            if (best < 0 || descent[j] > descent[best]) best = j;
        }
        return best;
    }

    VectorXd passive_solution() {
        std::vector<Index> columns;
        for (Index j = 0; j < a_.cols(); ++j)
            if (passive(j)) columns.push_back(j);
        const VectorXd part = MatrixXd(a_(Eigen::all, columns)).colPivHouseholderQr().solve(b_);
        VectorXd whole = VectorXd::Zero(a_.cols());
        for (std::size_t k = 0; k < columns.size(); ++k)
            whole[columns[k]] = part[static_cast<Index>(k)];
        return whole;
    }

    // Towards the least squares solution over the passive columns, dropping those that would turn
    // negative on the way. False if rounding lets the entering one fall at once.
    bool advance(Index entering) {
        VectorXd wanted = passive_solution();
        if (wanted[entering] <= 0) {
            passive(entering) = false;
            return false;
        }
        for (;;) {
            double share = 1;
            for (Index j = 0; j < a_.cols(); ++j)
                if (passive(j) && wanted[j] <= 0)
                    share = std::min(share, x_[j] / (x_[j] - wanted[j]));
            x_ += share * (wanted - x_);
            if (share == 1) break;
            for (Index j = 0; j < a_.cols(); ++j) {
                if (!passive(j) || wanted[j] > 0 || x_[j] > 1e-15 * x_.maxCoeff()) continue;
                passive(j) = false;
                x_[j] = 0;
            }
            wanted = passive_solution();
        }
        blocked_ = -1;
        return true;
    }

    MatrixXd a_;
    VectorXd b_;
    VectorXd x_;
    std::vector<bool> passive_;
    double tolerance_;
    Index blocked_ = -1;
};

}  // namespace

std::vector<double> nonnegative_least_squares(MatrixView<const double> a,
                                              std::span<const double> b) {
    if (static_cast<Index>(b.size()) != a.rows())
        throw DimensionMismatch("non-negative least squares: expected " + std::to_string(a.rows()) +
                                " right-hand sides, got " + std::to_string(b.size()));
    MatrixXd matrix(a.rows(), a.columns());
    for (Index i = 0; i < a.rows(); ++i)
        for (Index j = 0; j < a.columns(); ++j) matrix(i, j) = a(i, j);
    const VectorXd x =
        ActiveSet(std::move(matrix), Eigen::Map<const VectorXd>(b.data(), a.rows())).solve();
    return {x.data(), x.data() + x.size()};
}

}  // namespace sketchntk
