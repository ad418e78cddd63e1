#include "comparison_plot.hpp"

#include "plot_svg.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace sketchntk::tools {

namespace {

// Their number of features is no budget: the exact kernel has none, linear as many as inputs.
bool is_reference(const ComparisonSummary& summary) {
    return summary.features == 0 || summary.method == "linear";
}

double bar(const Estimate& estimate) {
    return std::isnan(estimate.standard_error) ? 0 : estimate.standard_error;
}

PlotSeries& series_of(PlotPanel& panel, const std::string& method) {
    for (PlotSeries& series : panel.series)
        if (series.name == method) return series;
    panel.series.push_back({.name = method, .points = {}});
    return panel.series.back();
}

PlotPanel panel(std::span<const ComparisonSummary> summaries, std::string_view figure,
                std::string title) {
    PlotPanel result{.title = std::move(title),
                     .x_label = "features",
                     .logarithmic_y = figure == "frobenius_error",
                     .x_ticks = {},
                     .series = {},
                     .references = {}};
    std::set<double> ticks;
    for (const ComparisonSummary& summary : summaries) {
        const Estimate& estimate = summary[figure];
        if (!std::isfinite(estimate.mean)) continue;
        if (is_reference(summary)) {
            // A kernel error of 0 says nothing, and has no logarithm.
            if (!(result.logarithmic_y && estimate.mean <= 0))
                result.references.push_back(
                    {.name = summary.method, .y = estimate.mean, .error = bar(estimate)});
            continue;
        }
        const auto features = static_cast<double>(summary.features);
        ticks.insert(features);
        series_of(result, summary.method)
            .points.push_back({features, estimate.mean, bar(estimate)});
    }
    result.x_ticks.assign(ticks.begin(), ticks.end());
    for (PlotSeries& series : result.series)
        std::sort(series.points.begin(), series.points.end(),
                  [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
    return result;
}

}  // namespace

std::string comparison_plot(std::span<const ComparisonSummary> summaries) {
    return plot_svg({panel(summaries, "test_rmse", "Test RMSE"),
                     panel(summaries, "frobenius_error", "Kernel error (Frobenius)")});
}

}  // namespace sketchntk::tools
