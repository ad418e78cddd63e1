#include "uci_kernels.hpp"

#include "csv_text.hpp"
#include "table.hpp"

#include <sketchntk/kernels/gram.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk::tools {

namespace {

class NetworkKernels final : public UciKernels {
  public:
    NetworkKernels(const Matrix<double>& inputs, Index deepest) : inputs_(inputs) {
        for (Index depth = 0; depth <= deepest; ++depth)
            for (Index fixed = 0; fixed <= depth; ++fixed) indices_.push_back({depth, fixed});
    }

    [[nodiscard]] Index count() const override { return static_cast<Index>(indices_.size()); }
    [[nodiscard]] std::string name(Index number) const override {
        const auto [depth, fixed] = indices_[static_cast<std::size_t>(number)];
        return "depth " + std::to_string(depth) + ", fix " + std::to_string(fixed);
    }
    [[nodiscard]] std::string description(Index number) const override {
        return to_text(network(number));
    }
    [[nodiscard]] Matrix<double> gram(Index number, const Execution& execution) const override {
        const FullyConnectedKernel<double> kernel(network(number), KernelKind::ntk, inputs_.view());
        return sketchntk::gram(kernel, execution);
    }

  private:
    struct Indices {
        Index depth = 0;
        Index fixed = 0;
    };

    [[nodiscard]] Network network(Index number) const {
        const auto [depth, fixed] = indices_[static_cast<std::size_t>(number)];
        return uci_network(inputs_.columns(), depth, fixed);
    }

    const Matrix<double>& inputs_;
    std::vector<Indices> indices_;
};

class GaussianKernels final : public UciKernels {
  public:
    GaussianKernels(const Matrix<double>& inputs, std::vector<double> gammas,
                    const Execution& execution)
        : gammas_(std::move(gammas)), squared_distances_(products(inputs, execution)) {
        std::vector<double> squares;
        for (Index i = 0; i < inputs.rows(); ++i) squares.push_back(squared_distances_(i, i));
        for (Index i = 0; i < inputs.rows(); ++i)
            for (Index j = 0; j < inputs.rows(); ++j)
                squared_distances_(i, j) = std::max(0.0, squares[static_cast<std::size_t>(i)] +
                                                             squares[static_cast<std::size_t>(j)] -
                                                             2 * squared_distances_(i, j));
    }

    [[nodiscard]] Index count() const override { return static_cast<Index>(gammas_.size()); }
    [[nodiscard]] std::string name(Index number) const override {
        return "gamma " + significant(gamma(number));
    }
    [[nodiscard]] std::string description(Index number) const override {
        return "exp(-" + csv_number(gamma(number)) + " |x - y|^2)";
    }
    [[nodiscard]] Matrix<double> gram(Index number, const Execution&) const override {
        Matrix<double> result = squared_distances_;
        std::transform(result.data(), result.data() + result.rows() * result.columns(),
                       result.data(),
                       [&](double square) { return std::exp(-gamma(number) * square); });
        return result;
    }

  private:
    // The linear kernel is the NTK of one dense layer.
    static Matrix<double> products(const Matrix<double>& inputs, const Execution& execution) {
        return NetworkKernels(inputs, 0).gram(0, execution);
    }
    [[nodiscard]] double gamma(Index number) const {
        return gammas_[static_cast<std::size_t>(number)];
    }

    std::vector<double> gammas_;
    Matrix<double> squared_distances_;
};

}  // namespace

Network uci_network(Index inputs, Index depth, Index fixed) {
    Network network;
    for (Index l = 0; l <= depth; ++l) {
        if (l > 0) network.layers.push_back(Activation{});
        network.layers.push_back(Dense{.w_std = l == 0 ? std::sqrt(static_cast<double>(inputs)) : 1,
                                       .b_std = 0,
                                       .trained = l >= fixed});
    }
    return network;
}

std::unique_ptr<UciKernels> uci_network_kernels(const Matrix<double>& inputs, Index deepest) {
    return std::make_unique<NetworkKernels>(inputs, deepest);
}

std::unique_ptr<UciKernels> uci_gaussian_kernels(const Matrix<double>& inputs,
                                                 std::vector<double> gammas,
                                                 const Execution& execution) {
    return std::make_unique<GaussianKernels>(inputs, std::move(gammas), execution);
}

}  // namespace sketchntk::tools
