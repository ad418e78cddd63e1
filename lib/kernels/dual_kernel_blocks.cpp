#include "core/dispatch.hpp"
#include "core/eigen.hpp"
#include "core/finite.hpp"
#include "kernels/kernel_blocks.hpp"
#include "kernels/normalised_rows.hpp"
#include "kernels/series_dual.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/dual_activation.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

/// Entries of a row of a block, all layers behind one another.
template <typename R>
struct EntriesOfRow {
    std::array<R, static_cast<std::size_t>(kernel_block)> nngp, ntk, derivative;
};

template <typename R>
struct DenseFactors {
    R squared_w, squared_b, gain;
    bool tangent;

    DenseFactors(const Dense& dense, bool wants_tangent)
        : squared_w(static_cast<R>(dense.w_std * dense.w_std)),
          squared_b(static_cast<R>(dense.b_std * dense.b_std)),
          gain(dense.trained ? 1 : 0),
          tangent(wants_tangent) {}
};

template <typename R>
[[gnu::always_inline]] inline void pass_dense(const DenseFactors<R>& dense, Index count,
                                              EntriesOfRow<R>& row) {
    const auto [squared_w, squared_b, gain, tangent] = dense;
    const auto entries = static_cast<std::size_t>(count);
    for (std::size_t b = 0; b < entries; ++b) row.nngp[b] = squared_w * row.nngp[b] + squared_b;
    if (!tangent) return;
    for (std::size_t b = 0; b < entries; ++b)
        row.ntk[b] = squared_w * row.ntk[b] * row.derivative[b] + gain * row.nngp[b];
}

SKETCHNTK_VECTOR_DISPATCH
void pass_dense_layer(const DenseFactors<float>& dense, Index count, EntriesOfRow<float>& row) {
    pass_dense(dense, count, row);
}

SKETCHNTK_VECTOR_DISPATCH
void pass_dense_layer(const DenseFactors<double>& dense, Index count, EntriesOfRow<double>& row) {
    pass_dense(dense, count, row);
}

/// The layers of a network with the duals of its activations.
struct DualLayers {
    std::vector<Dense> dense;
    std::vector<std::unique_ptr<const DualActivation>> duals;
    std::vector<const SeriesDual*> series;  ///< the same, or null for closed forms

    DualLayers(const Network& network, KernelKind kind) {
        FullyConnectedLayers layers = fully_connected_layers(network);
        dense = std::move(layers.dense);
        for (std::size_t l = 0; l < layers.activations.size(); ++l) {
            duals.push_back(dual_activation(layers.activations[l]));
            series.push_back(dynamic_cast<const SeriesDual*>(duals.back().get()));
            if (kind == KernelKind::ntk && !duals.back()->has_derivative())
                throw InvalidArgument(
                    "network: layer " + std::to_string(2 * l + 2) + ", " +
                    layers.activations[l].name +
                    ", has no derivative kernel, so that the network has an NNGP but no NTK");
        }
    }

    /// Whether float32 serves pairs of rows whose variances are at most `largest_float32_variance`.
    [[nodiscard]] bool allow_float32() const {
        return std::none_of(duals.begin(), duals.end(),
                            [](const auto& dual) { return dual->has_cusp(); });
    }
};

// Duals of saturating activations have D = 1 + 2 (p + q) + 4 (p q - c^2) as a denominator: for
// nearly coincident rows it is of the size of p, and the rounding of the difference 1e-7 p^2.
constexpr double largest_float32_variance = 32;

/// What a row brings along on its own: its variance before each activation.
template <typename T>
struct DualRows {
    Matrix<T> scaled;          ///< padded rows x inputs: w_0 x / sqrt(inputs)
    Matrix<double> variances;  ///< Sigma_l(x, x) for each activation l: activations x padded rows
    Matrix<float> variances32;
    std::vector<char> float32_serves;   ///< for each padded row
    std::vector<SeriesRows<T>> series;  ///< for each activation; empty for closed forms
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
        note_float32(layers);
        for (std::size_t l = 0; l < layers.duals.size(); ++l)
            series.push_back(layers.series[l] == nullptr
                                 ? SeriesRows<T>{}
                                 : layers.series[l]->template rows<T>(
                                       variances.view().row(static_cast<Index>(l))));
    }

  private:
    void note_float32(const DualLayers& layers) {
        variances32 = Matrix<float>(variances.rows(), variances.columns());
        float32_serves.assign(static_cast<std::size_t>(variances.columns()),
                              sizeof(T) == 4 && layers.allow_float32());
        for (Index l = 0; l < variances.rows(); ++l)
            for (Index i = 0; i < variances.columns(); ++i) {
                variances32(l, i) = static_cast<float>(variances(l, i));
                if (variances(l, i) > largest_float32_variance)
                    float32_serves[static_cast<std::size_t>(i)] = 0;
            }
    }

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
    [[nodiscard]] const DualRows<T>& right() const { return other_ ? *other_ : left_; }
    [[nodiscard]] const Matrix<T>& left_rows() const override { return left_.scaled; }
    [[nodiscard]] const Matrix<T>& right_rows() const override { return right().scaled; }

    // In float64, unless float32 serves both rows: the square-root cusp of many derivative kernels
    // would turn a rounding of 6e-8 in a correlation into 2e-4.
    void finish_row(Index row, Index first_column, Index count, T* entries) const override {
        if constexpr (std::is_same_v<T, float>) {
            const char* serves = right().float32_serves.data() + first_column;
            const bool serves_left = left_.float32_serves[static_cast<std::size_t>(row)] != 0;
            const auto served = serves_left ? std::count(serves, serves + count, 1) : 0;
            if (served == count) return finish<float>(row, first_column, count, entries);
            if (served > 0) return finish_both(row, first_column, count, entries);
        }
        finish<double>(row, first_column, count, entries);
    }

    void finish_both(Index row, Index first_column, Index count, float* entries) const {
        std::array<float, static_cast<std::size_t>(kernel_block)> others;
        std::copy_n(entries, count, others.data());
        finish<double>(row, first_column, count, others.data());
        finish<float>(row, first_column, count, entries);
        for (Index b = 0; b < count; ++b)
            if (right().float32_serves[static_cast<std::size_t>(first_column + b)] == 0)
                entries[b] = others[static_cast<std::size_t>(b)];
    }

    template <typename R>
    static const R* variances(const DualRows<T>& rows, std::size_t layer, Index row) {
        const auto l = static_cast<Index>(layer);
        if constexpr (std::is_same_v<R, float>)
            return &rows.variances32(l, row);
        else
            return &rows.variances(l, row);
    }

    template <typename R>
    void finish(Index row, Index first_column, Index count, T* entries) const {
        EntriesOfRow<R> values;
        start(row, first_column, count, entries, values);
        for (std::size_t l = 0; l < layers_.duals.size(); ++l) {
            if (layers_.series[l] != nullptr)
                layers_.series[l]->apply_to_rows(left_.series[l], row, right().series[l],
                                                 first_column, values.nngp.data(),
                                                 values.derivative.data(), count);
            else
                layers_.duals[l]->apply(variances<R>(left_, l, row), 0,
                                        variances<R>(right(), l, first_column), values.nngp.data(),
                                        tangent_ ? values.derivative.data() : nullptr, count);
            pass_dense_layer(DenseFactors<R>(layers_.dense[l + 1], tangent_), count, values);
        }
        const auto& result = tangent_ ? values.ntk : values.nngp;
        for (Index b = 0; b < count; ++b)
            entries[b] = static_cast<T>(result[static_cast<std::size_t>(b)]);
    }

    template <typename R>
    void start(Index row, Index first_column, Index count, const T* products,
               EntriesOfRow<R>& values) const {
        const Dense& first = layers_.dense.front();
        const double bias = first.b_std * first.b_std;
        const R bias_of_entry = static_cast<R>(bias), gain = first.trained ? 1 : 0;
        for (Index b = 0; b < count; ++b)
            values.nngp[static_cast<std::size_t>(b)] = static_cast<R>(products[b]) + bias_of_entry;
        if constexpr (std::is_same_v<R, double>)
            if (!layers_.duals.empty())
                for (Index b = 0; b < count; ++b) {
                    double& covariance = values.nngp[static_cast<std::size_t>(b)];
                    covariance = refined(row, first_column + b, bias, covariance);
                }
        for (std::size_t b = 0; b < static_cast<std::size_t>(count); ++b)
            values.ntk[b] = gain * values.nngp[b];
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
    const DualLayers layers(network, KernelKind::nngp);
    const auto activations = static_cast<std::int64_t>(layers.duals.size());
    std::int64_t of_series = 0;
    for (const SeriesDual* series : layers.series)
        if (series != nullptr) of_series += series->bytes_of_row<T>();
    return rows * (static_cast<std::int64_t>(sizeof(T)) * inputs +
                   static_cast<std::int64_t>(sizeof(double)) * (activations + 2) +
                   static_cast<std::int64_t>(sizeof(float)) * activations + 1 + of_series);
}

template std::unique_ptr<const KernelBlocks<float>> dual_kernel_blocks(
    const Network&, KernelKind, MatrixView<const float>, const KernelBlocks<float>::Other&);
template std::unique_ptr<const KernelBlocks<double>> dual_kernel_blocks(
    const Network&, KernelKind, MatrixView<const double>, const KernelBlocks<double>::Other&);
template std::int64_t dual_kernel_bytes<float>(const Network&, Index, Index);
template std::int64_t dual_kernel_bytes<double>(const Network&, Index, Index);

}  // namespace sketchntk
