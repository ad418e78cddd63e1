#include "confusion_table.hpp"

#include "table.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <limits>

namespace sketchntk::tools {

Index largest_column(std::span<const double> row) {
    return std::max_element(row.begin(), row.end()) - row.begin();
}

ConfusionTable::ConfusionTable(Index classes) : counts_(classes, classes) {}

void ConfusionTable::add(MatrixView<const double> predictions, MatrixView<const double> truth) {
    if (predictions.rows() != truth.rows() || predictions.columns() != classes() ||
        truth.columns() != classes())
        throw DimensionMismatch("accuracy: " + std::to_string(predictions.rows()) + " x " +
                                std::to_string(predictions.columns()) + " predictions for " +
                                std::to_string(truth.rows()) + " x " +
                                std::to_string(truth.columns()) + " targets of " +
                                std::to_string(classes()) + " classes");
    if (classes() < 2)
        throw InvalidArgument("classification: expected a target column for each class, got " +
                              std::to_string(classes()));
    for (Index i = 0; i < truth.rows(); ++i) {
        const auto targets = truth.row(i);
        const Index right = largest_column(targets);
        if (std::count(targets.begin(), targets.end(), targets[static_cast<std::size_t>(right)]) !=
            1)
            throw InvalidArgument("classification: test row " + std::to_string(rows_ + i + 1) +
                                  " has no single largest target");
        ++counts_(right, largest_column(predictions.row(i)));
    }
    rows_ += truth.rows();
}

double ConfusionTable::accuracy() const {
    if (rows_ == 0) return std::numeric_limits<double>::quiet_NaN();
    Index right = 0;
    for (Index k = 0; k < classes(); ++k) right += counts_(k, k);
    return static_cast<double>(right) / static_cast<double>(rows_);
}

std::string ConfusionTable::text(const std::vector<std::string>& names) const {
    std::vector<std::string> header{"class / predicted"};
    header.insert(header.end(), names.begin(), names.end());
    Table table(header);
    for (Index truth = 0; truth < classes(); ++truth) {
        std::vector<std::string> row{names[static_cast<std::size_t>(truth)]};
        for (Index predicted = 0; predicted < classes(); ++predicted)
            row.push_back(std::to_string(counts_(truth, predicted)));
        table.add(std::move(row));
    }
    return table.text();
}

}  // namespace sketchntk::tools
