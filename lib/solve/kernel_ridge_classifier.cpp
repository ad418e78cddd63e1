#include "solve/classifier_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>
#include <sketchntk/solve/kernel_ridge_classifier.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <algorithm>
#include <string>

namespace sketchntk {

namespace {

/// K(x_i, x_j) for some of the rows of a Gram.
class ChosenRows final : public KernelTiles<double> {
  public:
    ChosenRows(MatrixView<const double> gram, std::span<const Index> numbers)
        : gram_(gram), numbers_(numbers) {}

    [[nodiscard]] Index rows() const override { return static_cast<Index>(numbers_.size()); }
    [[nodiscard]] Index columns() const override { return rows(); }
    [[nodiscard]] bool symmetric() const override { return true; }
    void tile(Index first_row, Index first_column, MatrixView<double> out) const override {
        for (Index i = 0; i < out.rows(); ++i)
            for (Index j = 0; j < out.columns(); ++j)
                out(i, j) = gram_(number(first_row + i), number(first_column + j));
    }

  private:
    [[nodiscard]] Index number(Index i) const { return numbers_[static_cast<std::size_t>(i)]; }

    MatrixView<const double> gram_;
    std::span<const Index> numbers_;
};

std::vector<int> distinct(std::span<const int> classes) {
    std::vector<int> result(classes.begin(), classes.end());
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

// 1 or -1 for each class and, last, ones.
Matrix<double> right_hand_sides(std::span<const int> of_rows, std::span<const int> classes) {
    const auto count = static_cast<Index>(classes.size());
    Matrix<double> result(static_cast<Index>(of_rows.size()), count + 1);
    for (Index i = 0; i < result.rows(); ++i) {
        for (Index c = 0; c < count; ++c)
            result(i, c) =
                of_rows[static_cast<std::size_t>(i)] == classes[static_cast<std::size_t>(c)] ? 1
                                                                                             : -1;
        result(i, count) = 1;
    }
    return result;
}

}  // namespace

KernelRidgeClassifier::KernelRidgeClassifier(MatrixView<const double> gram,
                                             std::span<const Index> rows,
                                             std::span<const int> classes, double cost,
                                             const Execution& execution)
    : training_rows_(rows.begin(), rows.end()), classes_(distinct(classes)) {
    check_training_rows(rows, classes, std::min(gram.rows(), gram.columns()));
    check_cost(cost);
    const TiledCholesky<double> factor(ChosenRows(gram, rows), 1 / cost, execution);
    const Matrix<double> solved = factor.solve(right_hand_sides(classes, classes_), execution);
    const auto count = static_cast<Index>(classes_.size());
    std::vector<double> sums(static_cast<std::size_t>(count) + 1, 0.0);
    for (Index i = 0; i < solved.rows(); ++i)
        for (Index c = 0; c <= count; ++c) sums[static_cast<std::size_t>(c)] += solved(i, c);
    for (Index c = 0; c < count; ++c)
        intercepts_.push_back(sums[static_cast<std::size_t>(c)] / sums.back());
    coefficients_ = Matrix<double>(solved.rows(), count);
    for (Index i = 0; i < solved.rows(); ++i)
        for (Index c = 0; c < count; ++c)
            coefficients_(i, c) =
                solved(i, c) - intercepts_[static_cast<std::size_t>(c)] * solved(i, count);
}

Matrix<double> KernelRidgeClassifier::scores(MatrixView<const double> gram,
                                             std::span<const Index> rows) const {
    check_row_numbers(rows, gram.rows());
    const Index last = *std::max_element(training_rows_.begin(), training_rows_.end());
    if (last >= gram.columns())
        throw DimensionMismatch("gram: trained on row " + std::to_string(last) +
                                ", and there are " + std::to_string(gram.columns()) + " columns");
    Matrix<double> result(static_cast<Index>(rows.size()), coefficients_.columns());
    for (Index i = 0; i < result.rows(); ++i) {
        const auto kernel = gram.row(rows[static_cast<std::size_t>(i)]);
        std::copy(intercepts_.begin(), intercepts_.end(), result.row(i).begin());
        for (Index k = 0; k < coefficients_.rows(); ++k) {
            const double entry =
                kernel[static_cast<std::size_t>(training_rows_[static_cast<std::size_t>(k)])];
            for (Index c = 0; c < result.columns(); ++c)
                result(i, c) += entry * coefficients_(k, c);
        }
    }
    return result;
}

std::vector<int> KernelRidgeClassifier::predict(MatrixView<const double> gram,
                                                std::span<const Index> rows) const {
    const Matrix<double> values = scores(gram, rows);
    std::vector<int> result;
    for (Index i = 0; i < values.rows(); ++i) {
        const auto row = values.row(i);
        result.push_back(classes_[static_cast<std::size_t>(
            std::max_element(row.begin(), row.end()) - row.begin())]);
    }
    return result;
}

}  // namespace sketchntk
