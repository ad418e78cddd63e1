#pragma once

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/kernel_columns.hpp>

namespace sketchntk {

/// The columns of the kernel of a fully connected network.
class FullyConnectedColumns final : public KernelColumns {
  public:
    /// @param x rows x inputs; they must outlive the object, as must the network.
    FullyConnectedColumns(const Network& network, KernelKind kind, MatrixView<const float> x)
        : network_(network), kind_(kind), x_(x) {}

    [[nodiscard]] Index rows() const override { return x_.rows(); }
    [[nodiscard]] std::vector<double> diagonal() const override;
    [[nodiscard]] std::unique_ptr<const KernelTiles<float>> columns(
        std::span<const Index> numbers) const override;
    [[nodiscard]] std::unique_ptr<const KernelTiles<float>> principal(
        std::span<const Index> numbers) const override;

  private:
    const Network& network_;
    KernelKind kind_;
    MatrixView<const float> x_;
};

}  // namespace sketchntk
