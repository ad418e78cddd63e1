#include "solve/factor_leave_one_out.hpp"

#include "solve/rounded_text.hpp"

#include <sketchntk/core/error.hpp>

#include <numeric>
#include <string>

namespace sketchntk {

namespace {

// The diagonal of M: without the part of the constant vector, which the intercept has.
std::vector<double> projected_diagonal(const InverseParts& inverse) {
    std::vector<double> diagonal = inverse.diagonal;
    if (!inverse.row_sums.empty()) {
        const double sum = std::accumulate(inverse.row_sums.begin(), inverse.row_sums.end(), 0.0);
        for (std::size_t i = 0; i < diagonal.size(); ++i)
            diagonal[i] -= inverse.row_sums[i] * inverse.row_sums[i] / sum;
    }
    for (std::size_t i = 0; i < diagonal.size(); ++i)
        if (!(diagonal[i] > 0.0))
            throw NumericalError("leave-one-out: row " + std::to_string(i) + " has a weight of " +
                                 rounded_text(diagonal[i]) +
                                 " beside the other rows, where it should be positive: raise "
                                 "lambda, or take cholesky64");
    return diagonal;
}

}  // namespace

ExactLeaveOneOut leave_one_out_from(const InverseParts& inverse, double shift,
                                    const Matrix<double>& dual_coefficients) {
    const std::vector<double> diagonal = projected_diagonal(inverse);
    const Index rows = dual_coefficients.rows(), targets = dual_coefficients.columns();
    const auto count = static_cast<double>(rows);
    ExactLeaveOneOut result{.errors = Matrix<double>(rows, targets)};
    double squares = 0.0;
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < targets; ++j) {
            const double residual = shift * dual_coefficients(i, j);
            const double error = dual_coefficients(i, j) / diagonal[static_cast<std::size_t>(i)];
            squares += residual * residual;
            result.errors(i, j) = error;
            result.mean_squared_error += error * error;
        }
    result.mean_squared_error /= count * static_cast<double>(targets);
    const double residual_freedom = shift * std::accumulate(diagonal.begin(), diagonal.end(), 0.0);
    result.degrees_of_freedom = count - residual_freedom;
    result.generalised_cross_validation = count * squares / (residual_freedom * residual_freedom);
    return result;
}

}  // namespace sketchntk
