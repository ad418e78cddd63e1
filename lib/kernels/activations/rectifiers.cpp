#include "kernels/activation_entry.hpp"
#include "kernels/rectifier_dual.hpp"

namespace sketchntk {

namespace {

ScalarFunction rectifier(double a, double b) {
    return {.value = [a, b](double x) { return x > 0 ? b * x : a * x; },
            .derivative = [a, b](double x) { return x > 0 ? b : a; },
            .kinks = {0}};
}

std::unique_ptr<const DualActivation> rectifier_dual(double a, double b) {
    return std::make_unique<RectifierDual>(a, b);
}

using Parameters = ActivationEntry::Parameters;

}  // namespace

std::vector<ActivationEntry> rectifier_entries() {
    return {{.name = "relu",
             .function = [](Parameters) { return rectifier(0, 1); },
             .dual = [](Parameters) { return rectifier_dual(0, 1); }},
            {.name = "leaky_relu",
             .parameters = {{.name = "alpha", .standard = 0.01}},
             .function = [](Parameters p) { return rectifier(p[0], 1); },
             .dual = [](Parameters p) { return rectifier_dual(p[0], 1); }},
            {.name = "abrelu",
             .parameters = {{.name = "a"}, {.name = "b"}},
             .function = [](Parameters p) { return rectifier(p[0], p[1]); },
             .dual = [](Parameters p) { return rectifier_dual(p[0], p[1]); }},
            {.name = "abs",
             .function = [](Parameters) { return rectifier(-1, 1); },
             .dual = [](Parameters) { return rectifier_dual(-1, 1); }}};
}

}  // namespace sketchntk
