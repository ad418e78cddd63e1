#include "kernels/activation_entry.hpp"
#include "kernels/series_dual.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>

#include <cmath>
#include <cstddef>
#include <sstream>
#include <utility>

namespace sketchntk {

namespace {

const std::vector<ActivationEntry>& entries() {
    static const std::vector<ActivationEntry> all = [] {
        std::vector<ActivationEntry> joined;
        for (const auto make :
             {rectifier_entries, rectified_power_entries, error_function_entries,
              exponential_entries, trigonometric_entries, polynomial_entries, sigmoid_entries})
            for (ActivationEntry& entry : make()) joined.push_back(std::move(entry));
        return joined;
    }();
    return all;
}

const ActivationEntry& entry_of(const std::string& name) {
    for (const ActivationEntry& entry : entries())
        if (entry.name == name) return entry;
    throw InvalidArgument("activation: unknown '" + name + "', did you mean '" +
                          nearest_name(name, activation_names()) + "'?");
}

void check(const ActivationEntry& entry, const ActivationEntry::Parameter& parameter,
           double value) {
    const bool in_range = value >= parameter.least && value <= parameter.most;
    if (in_range && (!parameter.whole || value == std::floor(value))) return;
    std::ostringstream message;
    message << "activation " << entry.name << ": " << parameter.name << ": expected a "
            << (parameter.whole ? "whole " : "finite ") << "number";
    if (parameter.whole) message << " from " << parameter.least << " to " << parameter.most;
    message << ", got " << value;
    throw InvalidArgument(message.str());
}

std::vector<double> completed_parameters(const ActivationEntry& entry,
                                         const std::vector<double>& given) {
    if (!entry.repeats_last && given.size() > entry.parameters.size())
        throw InvalidArgument("activation " + entry.name + ": expected at most " +
                              std::to_string(entry.parameters.size()) + " parameters, got " +
                              std::to_string(given.size()));
    std::vector<double> values = given;
    for (std::size_t i = values.size(); i < entry.parameters.size(); ++i) {
        const ActivationEntry::Parameter& parameter = entry.parameters[i];
        if (std::isnan(parameter.standard))
            throw InvalidArgument("activation " + entry.name + ": " + parameter.name +
                                  " must be given");
        values.push_back(parameter.standard);
    }
    for (std::size_t i = 0; i < values.size(); ++i)
        check(entry, entry.parameters[std::min(i, entry.parameters.size() - 1)], values[i]);
    return values;
}

}  // namespace

std::vector<std::string> activation_names() {
    std::vector<std::string> names;
    for (const ActivationEntry& entry : entries()) names.push_back(entry.name);
    return names;
}

std::vector<std::string> activation_parameters(const std::string& name) {
    std::vector<std::string> names;
    for (const ActivationEntry::Parameter& parameter : entry_of(name).parameters)
        names.push_back(parameter.name);
    return names;
}

bool repeats_last_parameter(const std::string& name) {
    return entry_of(name).repeats_last;
}

Activation completed(const Activation& activation) {
    return {activation.name,
            completed_parameters(entry_of(activation.name), activation.parameters)};
}

ScalarFunction scalar_function(const Activation& activation) {
    const ActivationEntry& entry = entry_of(activation.name);
    return entry.function(completed_parameters(entry, activation.parameters));
}

std::unique_ptr<const DualActivation> dual_activation(const Activation& activation) {
    const ActivationEntry& entry = entry_of(activation.name);
    const std::vector<double> parameters = completed_parameters(entry, activation.parameters);
    if (entry.dual != nullptr) return entry.dual(parameters);
    return std::make_unique<SeriesDual>(
        entry.function(parameters), entry.kink != nullptr ? entry.kink(parameters) : KinkAtZero{});
}

}  // namespace sketchntk
