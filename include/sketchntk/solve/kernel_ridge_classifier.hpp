#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// Classification by kernel ridge regression on a kernel matrix that is given: for each class c a
/// function f_c = b_c + sum_i alpha_ic K(x_i, .) with
///
///     minimum of 1/2 |f_c - b_c|^2 + C/2 sum_i (y_ic - f_c(x_i))^2,   y_ic = 1 in class c, else
///     -1,
///
/// that is (K + I / C) alpha_c = y_c - b_c with an intercept that is not penalised, and the class
/// of a row is that of the largest f_c, of several the smallest. C is the same weight of the errors
/// against the norm as in `SupportVectorMachine`, with squares instead of hinges (the least-squares
/// support vector machine of Suykens and Vandewalle 1999, one against the rest).
///
/// Cost: n^3 / 3 flops for n training rows, one Cholesky factorisation in float64.
class KernelRidgeClassifier {
  public:
    /// @param gram K(z_i, x_j), as for `SupportVectorGram`; symmetric on the training rows
    /// @param rows numbers of the training rows
    /// @param classes of those rows
    /// @throws InvalidArgument for no rows, a row number out of range or a cost that is not
    /// positive
    ///   and finite; DimensionMismatch unless there is one class for each row; NumericalError if K
    ///   + I / C is not positive definite.
    KernelRidgeClassifier(MatrixView<const double> gram, std::span<const Index> rows,
                          std::span<const int> classes, double cost,
                          const Execution& execution = {});

    /// f_c of rows of the Gram trained on, one column a class in ascending order.
    /// @throws InvalidArgument for a row number out of range; DimensionMismatch if the Gram has too
    ///   few columns.
    [[nodiscard]] Matrix<double> scores(MatrixView<const double> gram,
                                        std::span<const Index> rows) const;

    /// The classes of rows of the Gram trained on. @throws as `scores`.
    [[nodiscard]] std::vector<int> predict(MatrixView<const double> gram,
                                           std::span<const Index> rows) const;

  private:
    std::vector<Index> training_rows_;
    std::vector<int> classes_;     ///< ascending
    Matrix<double> coefficients_;  ///< training rows x classes
    std::vector<double> intercepts_;
};

}  // namespace sketchntk
