#include "core/eigen.hpp"
#include "core/finite.hpp"
#include "kernels/kernel_blocks.hpp"
#include "kernels/normalised_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/dual_activation.hpp>

#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

/// The layers of a network with the duals of its activations.
struct DualLayers {
    std::vector<Dense> dense;
    std::vector<std::unique_ptr<const DualActivation>> duals;

    DualLayers(const Network& network, KernelKind kind) {
        FullyConnectedLayers layers = fully_connected_layers(network);
        dense = std::move(layers.dense);
        for (std::size_t l = 0; l < layers.activations.size(); ++l) {
            duals.push_back(dual_activation(layers.activations[l]));
            if (kind == KernelKind::ntk && !duals.back()->has_derivative())
                throw InvalidArgument(
                    "network: layer " + std::to_string(2 * l + 2) + ", " +
                    layers.activations[l].name +
                    ", has no derivative kernel, so that the network has an NNGP but no NTK");
        }
    }
};

/// What a row brings along on its own: its variance before each activation.
template <typename T>
struct DualRows {
    Matrix<T> scaled;          ///< padded rows x inputs: w_0 x / sqrt(inputs)
    Matrix<double> variances;  ///< Sigma_l(x, x) for each activation l: activations x padded rows
    std::vector<double> nngp_diagonal;
    std::vector<double> ntk_diagonal;

    DualRows(const DualLayers& layers, MatrixView<const T> x, const char* name) {
        if (x.columns() < 1) throw InvalidArgument(std::string(name) + ": rows have no columns");
        const Index padded = (x.rows() + kernel_block - 1) / kernel_block * kernel_block;
        scaled = Matrix<T>(padded, x.columns());
        variances = Matrix<double>(static_cast<Index>(layers.duals.size()), padded);
        const double factor =
            layers.dense.front().w_std / std::sqrt(static_cast<double>(x.columns()));
        for (Index i = 0; i < x.rows(); ++i) {
            for (Index j = 0; j < x.columns(); ++j) {
                const auto value = static_cast<double>(x(i, j));
                if (!std::isfinite(value)) throw_not_finite(name, i, j, value);
                scaled(i, j) = static_cast<T>(factor * value);
            }
            add_diagonals(layers, i, name);
        }
    }

  private:
    // The same recursion as that of pairs, with both rows the same.
    void add_diagonals(const DualLayers& layers, Index i, const char* name) {
        const Dense& first = layers.dense.front();
        double nngp = as_eigen(scaled.view()).row(i).template cast<double>().squaredNorm() +
                      first.b_std * first.b_std;
        double ntk = first.trained ? nngp : 0;
        for (std::size_t l = 0; l < layers.duals.size(); ++l) {
            const Dense& next = layers.dense[l + 1];
            const double variance = nngp;
            double derivative = 0;
            variances(static_cast<Index>(l), i) = variance;
            layers.duals[l]->apply(&variance, 0, &variance, &nngp, &derivative, 1);
            const double squared_w = next.w_std * next.w_std;
            nngp = squared_w * nngp + next.b_std * next.b_std;
            ntk = squared_w * ntk * derivative + (next.trained ? nngp : 0);
        }
        if (!std::isfinite(nngp) || !std::isfinite(ntk))
            throw InvalidArgument(std::string(name) + ": row " + std::to_string(i + 1) +
                                  ": its kernel with itself is not finite; rows this long are "
                                  "beyond the network's activations");
        nngp_diagonal.push_back(nngp);
        ntk_diagonal.push_back(ntk);
    }
};

template <typename T>
class DualKernelBlocks final : public KernelBlocks<T> {
  public:
    DualKernelBlocks(const Network& network, KernelKind kind, MatrixView<const T> x,
                     const typename KernelBlocks<T>::Other& y)
        : KernelBlocks<T>(x, y),
          layers_(network, kind),
          tangent_(kind == KernelKind::ntk),
          left_(layers_, x, "x") {
        if (y) other_.emplace(layers_, *y, "y");
    }

    [[nodiscard]] const std::vector<double>& diagonal() const override {
        return tangent_ ? left_.ntk_diagonal : left_.nngp_diagonal;
    }

  private:
    using RowOfBlock = std::array<double, static_cast<std::size_t>(kernel_block)>;

    [[nodiscard]] const DualRows<T>& right() const { return other_ ? *other_ : left_; }
    [[nodiscard]] const Matrix<T>& left_rows() const override { return left_.scaled; }
    [[nodiscard]] const Matrix<T>& right_rows() const override { return right().scaled; }

    // In float64, whatever T: the square-root cusp of many derivative kernels would turn a rounding
    // of 6e-8 in a correlation into 2e-4.
    void finish_row(Index row, Index first_column, Index count, T* entries) const override {
        RowOfBlock nngp, ntk, derivative;
        start(row, first_column, count, entries, nngp, ntk);
        for (std::size_t l = 0; l < layers_.duals.size(); ++l) {
            const auto layer = static_cast<Index>(l);
            layers_.duals[l]->apply(&left_.variances(layer, row), 0,
                                    &right().variances(layer, first_column), nngp.data(),
                                    tangent_ ? derivative.data() : nullptr, count);
            pass_dense_layer(layers_.dense[l + 1], count, derivative, nngp, ntk);
        }
        const RowOfBlock& result = tangent_ ? ntk : nngp;
        for (Index b = 0; b < count; ++b)
            entries[b] = static_cast<T>(result[static_cast<std::size_t>(b)]);
    }

    void start(Index row, Index first_column, Index count, const T* products, RowOfBlock& nngp,
               RowOfBlock& ntk) const {
        const Dense& first = layers_.dense.front();
        const double bias = first.b_std * first.b_std;
        for (Index b = 0; b < count; ++b) {
            double covariance = static_cast<double>(products[b]) + bias;
            if (!layers_.duals.empty())
                covariance = refined(row, first_column + b, bias, covariance);
            nngp[static_cast<std::size_t>(b)] = covariance;
            ntk[static_cast<std::size_t>(b)] = first.trained ? covariance : 0;
        }
    }

    // Nearly parallel rows: the covariance from the difference (or the sum) of the rows divided by
    // their deviations, the bias being one more coordinate.
    [[nodiscard]] double refined(Index row, Index column, double bias, double covariance) const {
        const double left_variance = left_.variances(0, row);
        const double right_variance = right().variances(0, column);
        const double deviations = std::sqrt(left_variance * right_variance);
        if (std::abs(covariance) < (1 - nearness) * deviations || deviations == 0)
            return covariance;
        const double p = std::sqrt(left_variance), q = std::sqrt(right_variance);
        const double sign = covariance > 0 ? -1 : 1;
        const auto x = as_eigen(left_.scaled.view()).row(row).template cast<double>();
        const auto y = as_eigen(right().scaled.view()).row(column).template cast<double>();
        const double of_bias = std::sqrt(bias) * (1 / p + sign / q);
        const double squared = (x / p + sign * y / q).squaredNorm() + of_bias * of_bias;
        return -sign * deviations * (1 - squared / 2);
    }

    void pass_dense_layer(const Dense& dense, Index count, const RowOfBlock& derivative,
                          RowOfBlock& nngp, RowOfBlock& ntk) const {
        const double squared_w = dense.w_std * dense.w_std, squared_b = dense.b_std * dense.b_std;
        const double gain = dense.trained ? 1 : 0;
        for (std::size_t b = 0; b < static_cast<std::size_t>(count); ++b) {
            nngp[b] = squared_w * nngp[b] + squared_b;
            if (tangent_) ntk[b] = squared_w * ntk[b] * derivative[b] + gain * nngp[b];
        }
    }

    DualLayers layers_;
    bool tangent_;
    DualRows<T> left_;
    std::optional<DualRows<T>> other_;
};

}  // namespace

template <typename T>
std::unique_ptr<const KernelBlocks<T>> dual_kernel_blocks(
    const Network& network, KernelKind kind, MatrixView<const T> x,
    const typename KernelBlocks<T>::Other& y) {
    return std::make_unique<DualKernelBlocks<T>>(network, kind, x, y);
}

template <typename T>
std::int64_t dual_kernel_bytes(const Network& network, Index rows, Index inputs) {
    const auto activations =
        static_cast<std::int64_t>(fully_connected_layers(network).activations.size());
    return rows * (static_cast<std::int64_t>(sizeof(T)) * inputs +
                   static_cast<std::int64_t>(sizeof(double)) * (activations + 2));
}

template std::unique_ptr<const KernelBlocks<float>> dual_kernel_blocks(
    const Network&, KernelKind, MatrixView<const float>, const KernelBlocks<float>::Other&);
template std::unique_ptr<const KernelBlocks<double>> dual_kernel_blocks(
    const Network&, KernelKind, MatrixView<const double>, const KernelBlocks<double>::Other&);
template std::int64_t dual_kernel_bytes<float>(const Network&, Index, Index);
template std::int64_t dual_kernel_bytes<double>(const Network&, Index, Index);

}  // namespace sketchntk
