#include "kernels/activation_entry.hpp"

#include <cmath>

namespace sketchntk {

namespace {

double logistic(double x) {
    const double small = std::exp(-std::abs(x));
    return (x < 0 ? small : 1) / (1 + small);
}

ScalarFunction scaled_elu(double scale, double alpha) {
    return {.value = [=](double x) { return scale * (x > 0 ? x : alpha * std::expm1(x)); },
            .derivative = [=](double x) { return scale * (x > 0 ? 1 : alpha * std::exp(x)); },
            .kinks = {0}};
}

KinkAtZero kink_of_elu(double scale, double alpha) {
    return {scale * (1 - alpha), -scale * alpha, -scale * alpha};
}

using Parameters = ActivationEntry::Parameters;

// The fixed point of Klambauer et al. 2017: mean 0 and variance 1 stay what they are.
constexpr double selu_scale = 1.0507009873554804935, selu_alpha = 1.6732632423543772848;

ScalarFunction tanh(Parameters) {
    return {.value = [](double x) { return std::tanh(x); },
            .derivative =
                [](double x) {
                    const double cosh = std::cosh(x);
                    return 1 / (cosh * cosh);
                },
            .kinks = {}};
}

ScalarFunction sigmoid(Parameters) {
    return {.value = logistic,
            .derivative = [](double x) { return logistic(x) * logistic(-x); },
            .kinks = {}};
}

ScalarFunction softplus(Parameters) {
    return {.value = [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); },
            .derivative = logistic,
            .kinks = {}};
}

ScalarFunction silu(Parameters) {
    return {.value = [](double x) { return x * logistic(x); },
            .derivative = [](double x) { return logistic(x) * (1 + x * logistic(-x)); },
            .kinks = {}};
}

}  // namespace

std::vector<ActivationEntry> sigmoid_entries() {
    return {{.name = "tanh", .function = tanh},
            {.name = "sigmoid", .function = sigmoid},
            {.name = "softplus", .function = softplus},
            {.name = "silu", .function = silu},
            {.name = "elu",
             .function = [](Parameters) { return scaled_elu(1, 1); },
             .kink = [](Parameters) { return kink_of_elu(1, 1); }},
            {.name = "selu",
             .function = [](Parameters) { return scaled_elu(selu_scale, selu_alpha); },
             .kink = [](Parameters) { return kink_of_elu(selu_scale, selu_alpha); }}};
}

}  // namespace sketchntk
