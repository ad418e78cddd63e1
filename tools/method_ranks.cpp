#include "method_ranks.hpp"

#include <algorithm>
#include <cmath>

namespace sketchntk::tools {

std::vector<double> ranks(std::span<const double> values) {
    std::vector<double> result;
    for (const double value : values) {
        const auto larger = std::count_if(values.begin(), values.end(),
                                          [&](double other) { return other > value; });
        const auto equal = std::count(values.begin(), values.end(), value);
        result.push_back(static_cast<double>(larger) + (static_cast<double>(equal) + 1) / 2);
    }
    return result;
}

std::vector<MethodSummary> summarise_methods(MatrixView<const double> accuracies) {
    std::vector<MethodSummary> result(static_cast<std::size_t>(accuracies.columns()));
    const double share = 1 / static_cast<double>(accuracies.rows());
    for (Index i = 0; i < accuracies.rows(); ++i) {
        const auto row = accuracies.row(i);
        const double largest = *std::max_element(row.begin(), row.end());
        const std::vector<double> of_set = ranks(row);
        for (std::size_t m = 0; m < result.size(); ++m) {
            const double relative = largest > 0 ? row[m] / largest : 1;
            result[m].mean += share * row[m];
            result[m].friedman_rank += share * of_set[m];
            result[m].p90 += relative >= 0.90 ? share : 0;
            result[m].p95 += relative >= 0.95 ? share : 0;
            result[m].pma += share * relative;
        }
    }
    for (Index i = 0; i < accuracies.rows(); ++i)
        for (std::size_t m = 0; m < result.size(); ++m)
            result[m].deviation += share * std::pow(accuracies.row(i)[m] - result[m].mean, 2);
    for (MethodSummary& summary : result) summary.deviation = std::sqrt(summary.deviation);
    return result;
}

}  // namespace sketchntk::tools
