#include "core/eigen.hpp"
#include "kernels/kernel_blocks.hpp"
#include "kernels/layer_recursion.hpp"
#include "kernels/normalised_rows.hpp"
#include "kernels/rectifier_dual.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sketchntk {

namespace {

std::optional<Rectifier> rectifier_of(const Activation& activation) {
    const auto dual = dual_activation(activation);
    const auto* rectifier = dynamic_cast<const RectifierDual*>(dual.get());
    return rectifier == nullptr ? std::nullopt : std::optional(rectifier->rectifier());
}

struct RectifierLayers {
    std::vector<Dense> dense;
    std::vector<Rectifier> rectifiers;

    explicit RectifierLayers(const Network& network) {
        FullyConnectedLayers layers = fully_connected_layers(network);
        dense = std::move(layers.dense);
        for (const Activation& activation : layers.activations)
            rectifiers.push_back(rectifier_of(activation).value());
    }
};

template <typename T>
class RectifierKernelBlocks final : public KernelBlocks<T> {
  public:
    RectifierKernelBlocks(const Network& network, KernelKind kind, MatrixView<const T> x,
                          const typename KernelBlocks<T>::Other& y)
        : KernelBlocks<T>(x, y),
          layers_(network),
          tangent_(kind == KernelKind::ntk),
          left_(layers_.dense, layers_.rectifiers, x, "x") {
        if (y) other_.emplace(layers_.dense, layers_.rectifiers, *y, "y");
        for (const Rectifier& rectifier : layers_.rectifiers)
            bends_.push_back(static_cast<T>(rectifier.bend));
        const std::vector<Dense>& dense = layers_.dense;
        has_bias_ = std::make_unique<bool[]>(dense.size());
        trained_ = std::make_unique<bool[]>(dense.size());
        for (std::size_t l = 0; l < dense.size(); ++l) {
            has_bias_[l] = dense[l].b_std > 0;
            trained_[l] = dense[l].trained;
        }
    }

    [[nodiscard]] const std::vector<double>& diagonal() const override {
        return tangent_ ? left_.ntk_diagonal : left_.nngp_diagonal;
    }

  private:
    [[nodiscard]] const NormalisedRows<T>& right() const { return other_ ? *other_ : left_; }
    [[nodiscard]] const Matrix<T>& left_rows() const override { return left_.units; }
    [[nodiscard]] const Matrix<T>& right_rows() const override { return right().units; }

    void finish_row(Index row, Index first_column, Index count, T* entries) const override {
        if (encode_cosines(entries, count, static_cast<T>(nearness)) > 0)
            refine_near_pairs(row, first_column, count, entries);
        thread_local AlignedVector<T> scratch(static_cast<std::size_t>(kernel_block));
        apply_layers(entries, recursion(row, first_column, count, scratch.data()));
    }

    void refine_near_pairs(Index row, Index first_column, Index count, T* entries) const {
        const auto x = as_eigen(left_.units.view()).row(row);
        const auto all = as_eigen(right().units.view());
        for (Index b = 0; b < count; ++b) {
            if (std::abs(entries[b]) >= static_cast<T>(nearness)) continue;
            const auto y = all.row(first_column + b);
            if (entries[b] > 0)
                entries[b] = (x - y).squaredNorm() / 2;
            else
                entries[b] = -std::max((x + y).squaredNorm() / 2, std::numeric_limits<T>::min());
        }
    }

    LayerRecursion<T> recursion(Index row, Index first_column, Index count, T* scratch) const {
        const NormalisedRows<T>& columns = right();
        return {.dense_layers = static_cast<Index>(layers_.dense.size()),
                .bend = bends_.data(),
                .has_bias = has_bias_.get(),
                .trained = trained_.get(),
                .tangent = tangent_,
                .count = count,
                .left_weight = left_.weight_parts.data() + row,
                .left_bias = left_.bias_parts.data() + row,
                .left_stride = left_.padded_rows(),
                .right_weight = columns.weight_parts.data() + first_column,
                .right_bias = columns.bias_parts.data() + first_column,
                .right_stride = columns.padded_rows(),
                .left_deviation = left_.deviations[static_cast<std::size_t>(row)],
                .right_deviation = columns.deviations.data() + first_column,
                .scratch = scratch};
    }

    RectifierLayers layers_;
    bool tangent_;
    NormalisedRows<T> left_;
    std::optional<NormalisedRows<T>> other_;
    std::vector<T> bends_;
    std::unique_ptr<bool[]> has_bias_;
    std::unique_ptr<bool[]> trained_;
};

}  // namespace

bool is_rectifier_network(const Network& network) {
    return std::all_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
        const auto* activation = std::get_if<Activation>(&layer);
        return activation == nullptr || rectifier_of(*activation);
    });
}

template <typename T>
std::unique_ptr<const KernelBlocks<T>> rectifier_kernel_blocks(
    const Network& network, KernelKind kind, MatrixView<const T> x,
    const typename KernelBlocks<T>::Other& y) {
    return std::make_unique<RectifierKernelBlocks<T>>(network, kind, x, y);
}

template <typename T>
std::int64_t rectifier_kernel_bytes(const Network& network, Index rows, Index inputs) {
    const auto layers = static_cast<std::int64_t>(fully_connected_layers(network).dense.size());
    return rows * (static_cast<std::int64_t>(sizeof(T)) * (inputs + 2 * layers + 1) +
                   2 * static_cast<std::int64_t>(sizeof(double)));
}

template std::unique_ptr<const KernelBlocks<float>> rectifier_kernel_blocks(
    const Network&, KernelKind, MatrixView<const float>, const KernelBlocks<float>::Other&);
template std::unique_ptr<const KernelBlocks<double>> rectifier_kernel_blocks(
    const Network&, KernelKind, MatrixView<const double>, const KernelBlocks<double>::Other&);
template std::int64_t rectifier_kernel_bytes<float>(const Network&, Index, Index);
template std::int64_t rectifier_kernel_bytes<double>(const Network&, Index, Index);

}  // namespace sketchntk
