#include <sketchntk/core/error.hpp>
#include <sketchntk/features/linear.hpp>

#include <cmath>

namespace sketchntk {

LinearFeatures::LinearFeatures(const Network& network, Index inputs) : inputs_(inputs) {
    if (inputs < 1)
        throw InvalidArgument("linear: expected at least one input, got " + std::to_string(inputs));
    if (network.layers.empty() || !std::holds_alternative<Dense>(network.layers.front()))
        throw InvalidArgument("linear: the network must begin with a dense layer");
    const Dense& dense = std::get<Dense>(network.layers.front());
    scale_ = static_cast<float>(dense.w_std / std::sqrt(static_cast<double>(inputs)));
    bias_ = static_cast<float>(dense.b_std);
}

std::int64_t LinearFeatures::bytes(int) const {
    return 0;
}

double LinearFeatures::flops_per_row() const {
    return static_cast<double>(inputs_);
}

void LinearFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                              const Execution&) const {
    for (Index i = 0; i < x.rows(); ++i) {
        for (Index j = 0; j < inputs_; ++j) out(i, j) = scale_ * x(i, j);
        if (bias_ > 0) out(i, inputs_) = bias_;
    }
}

}  // namespace sketchntk
