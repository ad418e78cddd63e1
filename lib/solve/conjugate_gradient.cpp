#include "solve/conjugate_gradient.hpp"

#include "core/eigen.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace sketchntk {

namespace {

std::size_t place(Index i) {
    return static_cast<std::size_t>(i);
}

void remove_means(Matrix<double>& vectors) {
    for (Index v = 0; v < vectors.rows(); ++v)
        as_eigen(vectors).row(v).array() -= as_eigen(vectors).row(v).mean();
}

// The systems of an iteration; `active` are those that are not done.
class Iteration {
  public:
    Iteration(const SystemOperator& multiply, const SystemOperator& precondition,
              const Matrix<double>& right_hand_sides, Intercept intercept, double tolerance)
        : multiply_(multiply),
          precondition_(precondition),
          right_hand_sides_(right_hand_sides),
          projected_(intercept == Intercept::fitted),
          tolerance_(tolerance),
          active_(place(right_hand_sides.rows())),
          iterations_(active_.size(), 0),
          products_(active_.size(), 0.0),
          solutions_(right_hand_sides.rows(), right_hand_sides.columns()),
          residuals_(right_hand_sides),
          directions_(right_hand_sides.rows(), right_hand_sides.columns()) {
        std::iota(active_.begin(), active_.end(), Index{0});
        if (projected_) {
            remove_means(residuals_);
            Matrix<double> ones(right_hand_sides.rows(), right_hand_sides.columns());
            as_eigen(ones).setOnes();
            preconditioned_ones_ = precondition_(ones, active_);
        }
        for (Index v = 0; v < residuals_.rows(); ++v)
            norms_.push_back(as_eigen(residuals_).row(v).norm());
        release_finished();
    }

    [[nodiscard]] bool finished() const { return active_.empty(); }

    void step() {
        choose_directions();
        Matrix<double> directions(static_cast<Index>(active_.size()), directions_.columns());
        for (std::size_t k = 0; k < active_.size(); ++k)
            as_eigen(directions).row(static_cast<Index>(k)) = as_eigen(directions_).row(active_[k]);
        Matrix<double> multiplied = multiply_(directions, active_);
        if (projected_) remove_means(multiplied);
        for (std::size_t k = 0; k < active_.size(); ++k) {
            const Index v = active_[k];
            const auto direction = as_eigen(directions_).row(v);
            const auto product = as_eigen(multiplied).row(static_cast<Index>(k));
            const double curvature = direction.dot(product);
            if (!(curvature > 0.0))
                throw NumericalError(
                    "the kernel matrix plus lambda on its diagonal is not positive definite in "
                    "float32: the entries' rounding errors outweigh lambda; raise lambda");
            const double length = products_[place(v)] / curvature;
            as_eigen(solutions_).row(v) += length * direction;
            as_eigen(residuals_).row(v) -= length * product;
            ++iterations_[place(v)];
        }
        release_finished();
    }

    [[nodiscard]] double largest_residual() const {
        double largest = 0.0;
        for (const Index v : active_) largest = std::max(largest, relative_residual(v));
        return largest;
    }

    ConjugateGradientResult result() {
        std::vector<Index> all(norms_.size());
        std::iota(all.begin(), all.end(), Index{0});
        residuals_ = multiply_(solutions_, all);
        as_eigen(residuals_) = as_eigen(right_hand_sides_) - as_eigen(residuals_);
        ConjugateGradientResult result;
        for (const Index v : all) {
            const double mean = projected_ ? as_eigen(residuals_).row(v).mean() : 0.0;
            as_eigen(residuals_).row(v).array() -= mean;
            result.intercepts.push_back(mean);
            result.relative_residuals.push_back(relative_residual(v));
        }
        result.iterations = std::move(iterations_);
        result.solutions = std::move(solutions_);
        return result;
    }

  private:
    void choose_directions() {
        Matrix<double> residuals(static_cast<Index>(active_.size()), residuals_.columns());
        for (std::size_t k = 0; k < active_.size(); ++k)
            as_eigen(residuals).row(static_cast<Index>(k)) = as_eigen(residuals_).row(active_[k]);
        Matrix<double> preconditioned = precondition_(residuals, active_);
        for (std::size_t k = 0; k < active_.size(); ++k) {
            const Index v = active_[k];
            auto z = as_eigen(preconditioned).row(static_cast<Index>(k));
            if (projected_) {
                const auto ones = as_eigen(preconditioned_ones_).row(v);
                z -= z.sum() / ones.sum() * ones;
            }
            double& old = products_[place(v)];
            const double product = as_eigen(residuals_).row(v).dot(z);
            const double beta = old > 0.0 ? product / old : 0.0;
            as_eigen(directions_).row(v) = z + beta * as_eigen(directions_).row(v);
            old = product;
        }
    }

    void release_finished() {
        std::erase_if(active_, [&](Index v) { return relative_residual(v) <= tolerance_; });
    }

    [[nodiscard]] double relative_residual(Index v) const {
        const double norm = norms_[place(v)];
        return norm > 0.0 ? as_eigen(residuals_).row(v).norm() / norm : 0.0;
    }

    const SystemOperator& multiply_;
    const SystemOperator& precondition_;
    const Matrix<double>& right_hand_sides_;
    bool projected_;
    double tolerance_;
    std::vector<Index> active_;
    std::vector<Index> iterations_;
    std::vector<double> products_;  ///< residual times preconditioned residual
    std::vector<double> norms_;
    Matrix<double> solutions_;
    Matrix<double> residuals_;
    Matrix<double> directions_;
    Matrix<double> preconditioned_ones_;
};

}  // namespace

ConjugateGradientResult conjugate_gradient(const SystemOperator& multiply,
                                           const SystemOperator& precondition,
                                           const Matrix<double>& right_hand_sides,
                                           Intercept intercept, double tolerance,
                                           Index iteration_limit, const Execution& execution) {
    constexpr Index patience = 20;
    Iteration iteration(multiply, precondition, right_hand_sides, intercept, tolerance);
    double best = std::numeric_limits<double>::infinity();
    Index best_step = 0;
    for (Index step = 0; step < iteration_limit && !iteration.finished(); ++step) {
        const double residual = iteration.largest_residual();
        if (residual < best) {
            best = residual;
            best_step = step;
        }
        if (step - best_step >= patience) break;
        execution.report({"conjugate gradients", step, iteration_limit, "steps"});
        iteration.step();
    }
    return iteration.result();
}

}  // namespace sketchntk
