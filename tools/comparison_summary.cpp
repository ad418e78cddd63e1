#include "comparison_summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace sketchntk::tools {

namespace {

using Result = ComparisonResult;

constexpr std::array all_figures{
    Figure{"training_rows", [](const Result& r) { return static_cast<double>(r.training_rows); }},
    Figure{"lambda", [](const Result& r) { return r.lambda; }},
    Figure{"test_rmse", [](const Result& r) { return r.test_rmse; }},
    Figure{"test_r2", [](const Result& r) { return r.test_r2; }},
    Figure{"test_accuracy", [](const Result& r) { return r.test_accuracy; }},
    Figure{"frobenius_error", [](const Result& r) { return r.kernel_error.frobenius; }},
    Figure{"trace_error", [](const Result& r) { return r.kernel_error.trace; }},
    Figure{"smallest_ratio", [](const Result& r) { return r.kernel_error.smallest_ratio; }},
    Figure{"largest_ratio", [](const Result& r) { return r.kernel_error.largest_ratio; }},
    Figure{"learning_seconds", [](const Result& r) { return r.learning_seconds; }},
    Figure{"feature_seconds", [](const Result& r) { return r.feature_seconds; }},
    Figure{"solve_seconds", [](const Result& r) { return r.solve_seconds; }},
    Figure{"map_bytes", [](const Result& r) { return static_cast<double>(r.map_bytes); }},
    Figure{"model_bytes", [](const Result& r) { return static_cast<double>(r.model_bytes); }},
    Figure{"peak_bytes", [](const Result& r) { return static_cast<double>(r.peak_bytes); }},
    Figure{"leave_one_out_rmse", [](const Result& r) { return r.leave_one_out_rmse; }},
    Figure{"gcv_rmse", [](const Result& r) { return r.gcv_rmse; }},
};

double mean(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// By split; a map, so that splits keep their order.
Estimate estimate_over_splits(const std::map<Index, std::vector<double>>& values) {
    if (values.size() == 1) return estimate(values.begin()->second);
    std::vector<double> means;
    for (const auto& [split, of_split] : values) means.push_back(mean(of_split));
    return estimate(means);
}

void summarise_figures(ComparisonSummary& summary, std::span<const Result> results) {
    for (const Figure& figure : figures()) {
        std::map<Index, std::vector<double>> values;
        for (const Result& result : results)
            if (result.method == summary.method && result.features == summary.features)
                values[result.split].push_back(figure.value(result));
        summary.estimates.push_back(estimate_over_splits(values));
    }
}

}  // namespace

std::span<const Figure> figures() {
    return all_figures;
}

Estimate estimate(std::span<const double> values) {
    const auto count = static_cast<double>(values.size());
    Estimate result{.mean = mean(values),
                    .standard_error = std::numeric_limits<double>::quiet_NaN(),
                    .count = static_cast<Index>(values.size())};
    if (values.size() < 2) return result;
    double squares = 0;
    for (const double value : values) squares += (value - result.mean) * (value - result.mean);
    result.standard_error = std::sqrt(squares / (count - 1) / count);
    return result;
}

const Estimate& ComparisonSummary::operator[](std::string_view name) const {
    const auto found = std::find_if(all_figures.begin(), all_figures.end(),
                                    [&](const Figure& figure) { return figure.name == name; });
    return estimates.at(static_cast<std::size_t>(found - all_figures.begin()));
}

std::vector<ComparisonSummary> summarise(std::span<const ComparisonResult> results) {
    std::vector<ComparisonSummary> summaries;
    for (const Result& result : results) {
        auto found = std::find_if(summaries.begin(), summaries.end(), [&](const auto& summary) {
            return summary.method == result.method && summary.features == result.features;
        });
        if (found == summaries.end())
            found = summaries.insert(
                found, {.method = result.method, .features = result.features, .estimates = {}});
        ++found->runs;
    }
    for (ComparisonSummary& summary : summaries) summarise_figures(summary, results);
    return summaries;
}

}  // namespace sketchntk::tools
