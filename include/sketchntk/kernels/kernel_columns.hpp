#pragma once

#include <sketchntk/kernels/kernel_tiles.hpp>

#include <memory>
#include <span>
#include <vector>

namespace sketchntk {

/// A kernel on rows X that gives out any few of its columns at the cost of their entries, which
/// tiles on a fixed grid do not: what methods that choose rows (pivots, landmarks) see of it.
class KernelColumns {
  public:
    virtual ~KernelColumns() = default;
    [[nodiscard]] virtual Index rows() const = 0;
    /// K(x_i, x_i) of all rows.
    [[nodiscard]] virtual std::vector<double> diagonal() const = 0;
    /// K(X, S), S being the rows of those numbers in their order.
    [[nodiscard]] virtual std::unique_ptr<const KernelTiles<float>> columns(
        std::span<const Index> numbers) const = 0;
    /// K(S, S).
    [[nodiscard]] virtual std::unique_ptr<const KernelTiles<float>> principal(
        std::span<const Index> numbers) const = 0;
};

/// Of a kernel that is known by its tiles only: one request of width 1 for each column.
class TileColumns final : public KernelColumns {
  public:
    /// @param kernel K(X, X) @param diagonal of it; both must outlive the object.
    TileColumns(const KernelTiles<float>& kernel, std::span<const double> diagonal)
        : kernel_(kernel), diagonal_(diagonal) {}

    [[nodiscard]] Index rows() const override { return kernel_.rows(); }
    [[nodiscard]] std::vector<double> diagonal() const override {
        return {diagonal_.begin(), diagonal_.end()};
    }
    [[nodiscard]] std::unique_ptr<const KernelTiles<float>> columns(
        std::span<const Index> numbers) const override;
    [[nodiscard]] std::unique_ptr<const KernelTiles<float>> principal(
        std::span<const Index> numbers) const override;

  private:
    const KernelTiles<float>& kernel_;
    std::span<const double> diagonal_;
};

}  // namespace sketchntk
