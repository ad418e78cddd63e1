#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>
#include <sketchntk/kernels/network.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace sketchntk {

/// Which infinite-width kernel of a network: that of its random functions (NNGP) or that of its
/// training by gradient descent (NTK).
enum class KernelKind { nngp, ntk };

[[nodiscard]] std::string_view to_text(KernelKind kind);
/// @throws InvalidArgument for anything but "nngp" and "ntk".
[[nodiscard]] KernelKind parse_kernel_kind(std::string_view text);

/// The exact NNGP or NTK of a fully connected network, as tiles computed on demand.
///
/// With dense layers l = 0, ..., L (w_l = w_std, b_l = b_std) and d inputs
///     Sigma_0 = w_0^2 <x, y> / d + b_0^2,                     Theta_0 = Sigma_0,
///     Sigma_l = w_l^2 sqrt(q q') kappa1(rho) / 2 + b_l^2,     q = Sigma_{l-1}(x, x), q' likewise,
///     Theta_l = Sigma_l + w_l^2 Theta_{l-1} kappa0(rho) / 2,  rho = Sigma_{l-1}(x, y) / sqrt(q q')
/// for relu, and for any activation s its dual in the place of kappa1 and kappa0 (see
/// DualActivation): Sigma_l = w_l^2 E[s(u) s(v)] + b_l^2, Theta_l = Sigma_l + w_l^2 Theta_{l-1}
/// E[s'(u) s'(v)] (Jacot et al. 2018, section 4; scale convention of google/neural-tangents). A
/// layer that is not trained does not add its Sigma_l to Theta_l.
///
/// T = double is the reference, T = float the fast path. Where all activations are rectifiers
/// (relu, leaky_relu, abrelu, abs) both carry 1 - rho through the layers, and take it from the
/// difference of the two rows where these nearly coincide (or are nearly opposite), so that
/// coincident rows are exact and no pair is worse than others; relative to sqrt(K(x, x) K(y, y))
/// errors are below 1e-12 in float64 and 3e-6 in float32. Norms enter as factors, in float64 until
/// the last step, so the kernel is homogeneous to rounding over all exponents that T holds.
///
/// Networks with another activation are right to 1e-12 in float64 where their duals are (see
/// `dual_activation`). T = float goes through the layers in float32, to 1e-4 at the worst, for
/// pairs of rows whose variances are at most 32, and in float64 for others and for activations with
/// a cusp.
///
/// Cost: one matrix product (d multiply-adds an entry) and about 30 operations an entry and hidden
/// layer of relu, one evaluation of the dual for others. Memory: d + 2 (L + 1) numbers a row, and
/// up to 1,024 for each activation by series.
template <typename T>
class FullyConnectedKernel final : public KernelTiles<T> {
  public:
    /// K(X, X). @param x rows x inputs.
    /// @throws InvalidArgument for a network that is not fully connected (see
    ///   `fully_connected_layers`), an NTK without trained layers or of an activation without a
    ///   derivative kernel, rows without columns, a value that is not finite (row and column
    ///   named), or a row so long that its kernel with itself is not.
    FullyConnectedKernel(const Network& network, KernelKind kind, MatrixView<const T> x);
    /// K(X, Y). @throws DimensionMismatch if x and y have different numbers of columns.
    FullyConnectedKernel(const Network& network, KernelKind kind, MatrixView<const T> x,
                         MatrixView<const T> y);
    ~FullyConnectedKernel() override;

    [[nodiscard]] Index rows() const override;
    [[nodiscard]] Index columns() const override;
    [[nodiscard]] bool symmetric() const override;
    /// Several blocks, so that a tile's rows are long enough to be written to a file.
    [[nodiscard]] Index shared_side() const override { return 512; }
    /// Computed in blocks of 256 x 256 on a fixed grid, so requests aligned to it waste nothing.
    void tile(Index first_row, Index first_column, MatrixView<T> out) const override;

    /// K(x_i, x_i) for all rows, in float64. O(L) a row.
    [[nodiscard]] const std::vector<double>& diagonal() const;

    /// Bytes that an object for `rows` rows (x and y together) of `inputs` columns holds.
    [[nodiscard]] static std::int64_t bytes(const Network& network, Index rows, Index inputs);

  private:
    struct Implementation;
    std::unique_ptr<const Implementation> implementation_;
};

extern template class FullyConnectedKernel<float>;
extern template class FullyConnectedKernel<double>;

}  // namespace sketchntk
