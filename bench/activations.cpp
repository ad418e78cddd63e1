// The exact NTK Gram in float32 of networks of other activations, beside relu's in the same run.

#include "bare_products.hpp"

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <string>

namespace sketchntk::bench {

namespace {

const std::array<std::string, 17> activations{
    "leaky_relu", "abs",  "abrelu(-0.5, 1.5)", "erf",         "gelu",
    "sin",        "cos",  "gaussian",          "exponential", "rectified_power(2)",
    "hermite(3)", "tanh", "sigmoid",           "softplus",    "silu",
    "elu",        "selu"};

Network network_of(const std::string& activation) {
    // Functions that grow faster than linearly would take most rows beyond float32 in three layers.
    const bool grows = activation == "exponential" || activation == "hermite(3)" ||
                       activation == "rectified_power(2)";
    // What selu is made for.
    const bool keeps_variance = activation == "elu" || activation == "selu";
    const std::string dense = grows            ? "dense(w_std=0.5) "
                              : keeps_variance ? "dense(w_std=1) "
                                               : "dense ";
    return parse_network("3*(" + dense + activation + ") dense");
}

void activation_gram(benchmark::State& state) {
    const std::string& activation = activations[static_cast<std::size_t>(state.range(0))];
    constexpr Index rows = 4096;
    const Matrix<float> x = normal_matrix(rows, state.range(1), 1);
    const FullyConnectedKernel<float> relu(network_of("relu"), KernelKind::ntk, x.view());
    const FullyConnectedKernel<float> kernel(network_of(activation), KernelKind::ntk, x.view());
    Matrix<float> out(rows, rows);
    gram<float>(relu, out.view());
    double of_relu = 0, of_activation = 0;
    for (auto _ : state) {
        of_relu += seconds_of([&] { gram<float>(relu, out.view()); });
        const double seconds = seconds_of([&] { gram<float>(kernel, out.view()); });
        state.SetIterationTime(seconds);
        of_activation += seconds;
    }
    state.SetLabel(activation);
    state.counters["entries_per_second"] =
        static_cast<double>(state.iterations()) * static_cast<double>(rows * rows) / of_activation;
    state.counters["rate_over_relu"] = of_relu / of_activation;
}
BENCHMARK(activation_gram)
    ->ArgNames({"activation", "d"})
    ->ArgsProduct({benchmark::CreateDenseRange(0, activations.size() - 1, 1), {9}})
    ->Iterations(5)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
