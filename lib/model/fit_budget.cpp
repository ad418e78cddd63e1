#include "model/fit_budget.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/features/automatic_map.hpp>

#include <algorithm>
#include <string>

namespace sketchntk {

namespace {

constexpr double share_for_comparison = 0.2;
// What a plan does not count: what maps learn, and errors on rows held out. With these, limits of
// 5, 20 and 60 seconds became 5.2, 25 and 51 on the protein data.
constexpr double comparison_over_plan = 2.5;
constexpr double fit_over_plan = 1.2;
constexpr Index least_compared_features = 256;

[[noreturn]] void refuse(double seconds) {
    throw InvalidArgument("seconds: " + std::to_string(std::max(0.0, seconds)) +
                          " are left after reading, too few for any number of features");
}

FitOptions with_map(FitOptions options, const FeatureMapConfiguration& map) {
    options.feature_map = map;
    return options;
}

}  // namespace

FitBudget::FitBudget(const FitOptions& options, Index rows, InputShape inputs, Index targets,
                     double seconds, const Execution& execution)
    : options_(options),
      rows_(rows),
      inputs_(inputs),
      targets_(targets),
      seconds_(seconds),
      rates_(measure_machine_rates(execution)),
      bytes_(available_memory_bytes() + resident_bytes()),
      execution_(execution) {
    if (!(seconds > 0)) refuse(seconds);
}

Index FitBudget::features(const FeatureMapConfiguration& map, Index rows, double seconds) const {
    return features_within(with_map(options_, map), rows, inputs_, targets_, rates_,
                           seconds / fit_over_plan, bytes_, execution_);
}

FeatureMapConfiguration FitBudget::of_map(const FeatureMapConfiguration& map) const {
    FeatureMapConfiguration result = map;
    result.features = features(map, rows_, seconds_);
    if (result.features == 0) refuse(seconds_);
    return result;
}

std::vector<FeatureMapConfiguration> FitBudget::of_maps(
    const std::vector<FeatureMapConfiguration>& maps) const {
    std::vector<FeatureMapConfiguration> result;
    for (FeatureMapConfiguration map : maps) {
        map.features = features(map, rows_, seconds_);
        if (map.features > 0) result.push_back(std::move(map));
    }
    if (result.empty()) refuse(seconds_);
    return result;
}

double FitBudget::comparison_seconds(const std::vector<FeatureMapConfiguration>& candidates,
                                     Index features) const {
    const Index rows = std::min(rows_, automatic_comparison_rows(options_.feature_map, features));
    double sum = 0;
    for (FeatureMapConfiguration map : candidates) {
        map.features = features;
        try {
            sum += plan_fit(with_map(options_, map), rows, inputs_, targets_, rates_, execution_)
                       .seconds();
        } catch (const InvalidArgument&) {
            // cannot serve, and costs nothing
        }
    }
    return comparison_over_plan * sum;
}

Index FitBudget::compared_features(const std::vector<FeatureMapConfiguration>& candidates) {
    Index compared = automatic_compared_features(options_.feature_map);
    while (compared > least_compared_features &&
           comparison_seconds(candidates, compared) > share_for_comparison * seconds_)
        compared = std::max(least_compared_features, compared / 2);
    seconds_ -= comparison_seconds(candidates, compared);
    return compared;
}

}  // namespace sketchntk
