#pragma once

#include <sketchntk/solve/exact_leave_one_out.hpp>

#include <vector>

namespace sketchntk {

/// What leave-one-out errors have to know of A^-1.
struct InverseParts {
    std::vector<double> diagonal;
    std::vector<double> row_sums = {};  ///< A^-1 1; empty without an intercept
};

/// @param shift lambda s @param dual_coefficients n x t
/// @throws NumericalError if a diagonal entry of M is not positive.
[[nodiscard]] ExactLeaveOneOut leave_one_out_from(const InverseParts& inverse, double shift,
                                                  const Matrix<double>& dual_coefficients);

}  // namespace sketchntk
