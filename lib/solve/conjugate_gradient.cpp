#include "solve/conjugate_gradient.hpp"

#include "core/eigen.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

double largest_ratio(const Matrix<double>& residuals, const std::vector<double>& norms) {
    double largest = 0.0;
    for (Index v = 0; v < residuals.rows(); ++v) {
        const double norm = norms[static_cast<std::size_t>(v)];
        if (norm > 0.0) largest = std::max(largest, as_eigen(residuals).row(v).norm() / norm);
    }
    return largest;
}

// The state of the iteration for all systems; one that is solved to `tolerance` rests.
class Iteration {
  public:
    Iteration(const Matrix<double>& right_hand_sides, double tolerance)
        : solutions_(right_hand_sides.rows(), right_hand_sides.columns()),
          residuals_(right_hand_sides),
          directions_(right_hand_sides.rows(), right_hand_sides.columns()),
          products_(static_cast<std::size_t>(right_hand_sides.rows()), 0.0),
          tolerance_(tolerance) {
        for (Index v = 0; v < right_hand_sides.rows(); ++v)
            norms_.push_back(as_eigen(right_hand_sides).row(v).norm());
    }

    void choose_directions(const Matrix<double>& preconditioned) {
        for (Index v = 0; v < residuals_.rows(); ++v) {
            double& old = products_[static_cast<std::size_t>(v)];
            const auto z = as_eigen(preconditioned).row(v);
            const double product = as_eigen(residuals_).row(v).dot(z);
            const double beta = old > 0.0 ? product / old : 0.0;
            as_eigen(directions_).row(v) = z + beta * as_eigen(directions_).row(v);
            old = product;
        }
    }

    void step(const Matrix<double>& multiplied) {
        for (Index v = 0; v < residuals_.rows(); ++v) {
            if (solved(v)) continue;
            const double curvature = as_eigen(directions_).row(v).dot(as_eigen(multiplied).row(v));
            if (!(curvature > 0.0))
                throw NumericalError(
                    "the kernel matrix plus lambda on its diagonal is not positive definite in "
                    "float32: the entries' rounding errors outweigh lambda; raise lambda");
            const double length = products_[static_cast<std::size_t>(v)] / curvature;
            as_eigen(solutions_).row(v) += length * as_eigen(directions_).row(v);
            as_eigen(residuals_).row(v) -= length * as_eigen(multiplied).row(v);
        }
    }

    [[nodiscard]] double relative_residual() const { return largest_ratio(residuals_, norms_); }
    [[nodiscard]] double relative_residual(const Matrix<double>& residuals) const {
        return largest_ratio(residuals, norms_);
    }
    [[nodiscard]] const Matrix<double>& residuals() const { return residuals_; }
    [[nodiscard]] const Matrix<double>& directions() const { return directions_; }
    [[nodiscard]] Matrix<double>& solutions() { return solutions_; }

  private:
    [[nodiscard]] bool solved(Index v) const {
        return as_eigen(residuals_).row(v).norm() <=
               tolerance_ * norms_[static_cast<std::size_t>(v)];
    }

    Matrix<double> solutions_;
    Matrix<double> residuals_;
    Matrix<double> directions_;
    std::vector<double> products_;  ///< residual times preconditioned residual
    std::vector<double> norms_;
    double tolerance_;
};

}  // namespace

ConjugateGradientResult conjugate_gradient(const RowOperator& multiply,
                                           const RowOperator& precondition,
                                           const Matrix<double>& right_hand_sides, double tolerance,
                                           Index iteration_limit, const Execution& execution) {
    constexpr Index patience = 20;
    Iteration iteration(right_hand_sides, tolerance);
    double best = std::numeric_limits<double>::infinity();
    Index best_step = 0;
    Index steps = 0;
    for (; steps < iteration_limit; ++steps) {
        const double residual = iteration.relative_residual();
        if (residual < best) {
            best = residual;
            best_step = steps;
        }
        if (residual <= tolerance || steps - best_step >= patience) break;
        execution.report({"conjugate gradients", steps, iteration_limit, "steps"});
        iteration.choose_directions(precondition(iteration.residuals()));
        iteration.step(multiply(iteration.directions()));
    }
    Matrix<double> residuals = multiply(iteration.solutions());
    as_eigen(residuals) = as_eigen(right_hand_sides) - as_eigen(residuals);
    const double relative_residual = iteration.relative_residual(residuals);
    return {std::move(iteration.solutions()), relative_residual, steps};
}

}  // namespace sketchntk
