#pragma once

#include "kernels/hermite_table.hpp"

#include <sketchntk/kernels/activation.hpp>
#include <sketchntk/kernels/dual_activation.hpp>

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sketchntk {

/// What an activation's file says of it. A new activation is such a file in lib/kernels/activations
/// and its line in lib/kernels/activation.cpp.
struct ActivationEntry {
    using Parameters = std::span<const double>;

    struct Parameter {
        std::string name;
        double standard = std::numeric_limits<double>::quiet_NaN();  ///< NaN: must be given
        double least = -std::numeric_limits<double>::max();
        double most = std::numeric_limits<double>::max();
        bool whole = false;
    };

    std::string name;
    std::vector<Parameter> parameters = {};
    bool repeats_last = false;  ///< any number of the last parameter, at least one
    ScalarFunction (*function)(Parameters) = nullptr;
    /// The closed form; without one the dual comes from tables of its Hermite series.
    std::unique_ptr<const DualActivation> (*dual)(Parameters) = nullptr;
    /// For a function without closed form and with a kink at 0.
    KinkAtZero (*kink)(Parameters) = nullptr;
};

[[nodiscard]] std::vector<ActivationEntry> rectifier_entries();
[[nodiscard]] std::vector<ActivationEntry> rectified_power_entries();
[[nodiscard]] std::vector<ActivationEntry> error_function_entries();
[[nodiscard]] std::vector<ActivationEntry> exponential_entries();
[[nodiscard]] std::vector<ActivationEntry> trigonometric_entries();
[[nodiscard]] std::vector<ActivationEntry> polynomial_entries();
[[nodiscard]] std::vector<ActivationEntry> sigmoid_entries();

}  // namespace sketchntk
