#include "accuracy.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <limits>
#include <string>

namespace sketchntk::tools {

namespace {

Index largest_column(std::span<const double> row) {
    return std::max_element(row.begin(), row.end()) - row.begin();
}

}  // namespace

void Accuracy::add(MatrixView<const double> predictions, MatrixView<const double> truth) {
    if (predictions.rows() != truth.rows() || predictions.columns() != truth.columns())
        throw DimensionMismatch("accuracy: " + std::to_string(predictions.rows()) + " x " +
                                std::to_string(predictions.columns()) + " predictions for " +
                                std::to_string(truth.rows()) + " x " +
                                std::to_string(truth.columns()) + " targets");
    if (truth.columns() < 2)
        throw InvalidArgument("classification: expected a target column for each class, got " +
                              std::to_string(truth.columns()));
    for (Index i = 0; i < truth.rows(); ++i) {
        const auto targets = truth.row(i);
        const Index right = largest_column(targets);
        if (std::count(targets.begin(), targets.end(), targets[static_cast<std::size_t>(right)]) !=
            1)
            throw InvalidArgument("classification: test row " + std::to_string(rows_ + i + 1) +
                                  " has no single largest target");
        right_ += largest_column(predictions.row(i)) == right ? 1 : 0;
    }
    rows_ += truth.rows();
}

double Accuracy::share() const {
    if (rows_ == 0) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(right_) / static_cast<double>(rows_);
}

}  // namespace sketchntk::tools
