#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace sketchntk {

std::vector<double> kernel_curve(const Network& network, KernelKind kind, double squared_length,
                                 std::span<const double> cosines) {
    static_cast<void>(dense_layers(network));
    // Two inputs and w_0 = sqrt 2 without bias: Sigma_0 is the inner product of the rows.
    Network of_rows = network;
    Dense& first = std::get<Dense>(of_rows.layers.front());
    first.w_std = std::numbers::sqrt2;
    first.b_std = 0;
    const double length = std::sqrt(squared_length);
    Matrix<double> pole(1, 2);
    pole(0, 0) = length;
    Matrix<double> circle(static_cast<Index>(cosines.size()), 2);
    for (std::size_t k = 0; k < cosines.size(); ++k) {
        const double u = cosines[k];
        if (!(u >= -1 && u <= 1))
            throw InvalidArgument("kernel curve: expected cosines from -1 to 1, got " +
                                  std::to_string(u));
        circle(static_cast<Index>(k), 0) = length * u;
        circle(static_cast<Index>(k), 1) = length * std::sqrt((1 - u) * (1 + u));
    }
    const FullyConnectedKernel<double> kernel(of_rows, kind, pole.view(), circle.view());
    std::vector<double> values(cosines.size());
    kernel.tile(0, 0, {values.data(), 1, static_cast<Index>(values.size())});
    return values;
}

bool is_homogeneous(const Network& network) {
    const std::vector<Dense> dense = dense_layers(network);
    return std::all_of(dense.begin() + 1, dense.end(),
                       [](const Dense& layer) { return layer.b_std == 0; });
}

}  // namespace sketchntk
