#pragma once

#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/fit_plan.hpp>

#include <vector>

namespace sketchntk {

/// Turns seconds that are left for a fit into numbers of features.
class FitBudget {
  public:
    /// Measures how fast the machine is.
    /// @throws InvalidArgument if no seconds are left.
    FitBudget(const FitOptions& options, Index rows, InputShape inputs, Index targets,
              double seconds, const Execution& execution);

    /// The configuration with as many features as there is time for.
    /// @throws InvalidArgument if there is no time for any.
    [[nodiscard]] FeatureMapConfiguration of_map(const FeatureMapConfiguration& map) const;

    /// With how many features candidates can be compared in a fifth of the time; that time is
    /// taken off what is left.
    Index compared_features(const std::vector<FeatureMapConfiguration>& candidates);

    /// The same of several, without those for which there is no time.
    /// @throws InvalidArgument if that is all of them.
    [[nodiscard]] std::vector<FeatureMapConfiguration> of_maps(
        const std::vector<FeatureMapConfiguration>& maps) const;

  private:
    [[nodiscard]] Index features(const FeatureMapConfiguration& map, Index rows,
                                 double seconds) const;
    [[nodiscard]] double comparison_seconds(const std::vector<FeatureMapConfiguration>& candidates,
                                            Index features) const;

    FitOptions options_;
    Index rows_;
    InputShape inputs_;
    Index targets_;
    double seconds_;
    MachineRates rates_;
    std::int64_t bytes_;
    Execution execution_;
};

}  // namespace sketchntk
