#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sketchntk {

/// A nonlinearity s that a network applies to each coordinate, by its name and parameters.
///
/// | name | s(x) | parameters, defaults |
/// |---|---|---|
/// | relu | max(x, 0) | |
/// | leaky_relu | x for x > 0, else alpha x | alpha = 0.01 |
/// | abrelu | a min(x, 0) + b max(x, 0) | a, b |
/// | abs | \|x\| | |
/// | rectified_power | max(x, 0)^power; power 0 is the step function | power = 2, at most 16 |
/// | sign | -1, 0, 1 | |
/// | erf | erf(x) | |
/// | gelu | x Phi(x), Phi the normal distribution function | |
/// | sin, cos | | |
/// | gaussian | exp(-x^2) | |
/// | exponential | exp(x) | |
/// | identity | x | |
/// | polynomial | c_0 + c_1 x + ... | the coefficients c_0, c_1, ... |
/// | hermite | the normalised Hermite polynomial: E[s(z)^2] = 1 for z ~ N(0, 1) | degree, at most
/// 32 | | tanh, sigmoid, softplus, silu | | | | elu | x for x > 0, else exp(x) - 1 | | | selu | the
/// scaled elu of Klambauer et al. 2017 | |
struct Activation {
    std::string name = "relu";
    std::vector<double> parameters;  ///< in the order of the table; left out ones have defaults

    bool operator==(const Activation&) const = default;
};

/// A nonlinearity as a function of one number.
struct ScalarFunction {
    std::function<double(double)> value;
    std::function<double(double)> derivative;  ///< at a kink: either side's, or between them
    std::vector<double> kinks;                 ///< where value or derivative is not smooth
};

/// All names that `Activation::name` may have.
[[nodiscard]] std::vector<std::string> activation_names();

/// The names of an activation's parameters, in order; of `polynomial` the one that repeats.
/// @throws InvalidArgument for an unknown name.
[[nodiscard]] std::vector<std::string> activation_parameters(const std::string& name);

/// Whether an activation takes its last parameter any number of times, as `polynomial` does.
/// @throws InvalidArgument for an unknown name.
[[nodiscard]] bool repeats_last_parameter(const std::string& name);

/// The activation with every parameter written out, defaults included.
/// @throws InvalidArgument as `scalar_function`.
[[nodiscard]] Activation completed(const Activation& activation);

/// s and s' of an activation.
/// @throws InvalidArgument for an unknown name (the nearest known one is named), and for parameters
///   that are too many, too few or out of their range.
[[nodiscard]] ScalarFunction scalar_function(const Activation& activation);

}  // namespace sketchntk
