#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/network.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sketchntk::tools {

/// The network of the published protocol with index (depth, fixed), 0 <= fixed <= depth: depth
/// hidden relu layers, of whose dense layers the first `fixed` stay as drawn. Its NTK is
///
///     S_0 = <x, y>,  S_l = sqrt(S_{l-1}(x, x) S_{l-1}(y, y)) kappa1(rho) / 2,
///     H_0 = S_0 if fixed = 0, else 0,  H_l = H_{l-1} kappa0(rho) / 2 + (S_l if l >= fixed, else 0)
///
/// so that depth 0 is the linear kernel and fixed = depth the NNGP; w_std = sqrt(inputs) in the
/// first layer, 1 in all others.
[[nodiscard]] Network uci_network(Index inputs, Index depth, Index fixed);

/// The kernels among which a method of the protocol chooses, in the order in which it tries them.
class UciKernels {
  public:
    virtual ~UciKernels() = default;
    [[nodiscard]] virtual Index count() const = 0;
    /// For tables: `depth 3, fix 1`, `gamma 0.25`.
    [[nodiscard]] virtual std::string name(Index number) const = 0;
    /// What it is exactly: the text of a network, or a formula.
    [[nodiscard]] virtual std::string description(Index number) const = 0;
    /// K(X, X) in float64.
    [[nodiscard]] virtual Matrix<double> gram(Index number, const Execution& execution) const = 0;
};

/// The networks of depth 0, ..., `deepest`, each with 0, ..., depth fixed layers.
[[nodiscard]] std::unique_ptr<UciKernels> uci_network_kernels(const Matrix<double>& inputs,
                                                              Index deepest);

/// exp(-gamma |x - y|^2).
[[nodiscard]] std::unique_ptr<UciKernels> uci_gaussian_kernels(const Matrix<double>& inputs,
                                                               std::vector<double> gammas,
                                                               const Execution& execution);

}  // namespace sketchntk::tools
