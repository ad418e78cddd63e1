#include "core/eigen.hpp"
#include "kernels/kernel_blocks.hpp"
#include "kernels/layer_recursion.hpp"
#include "kernels/normalised_rows.hpp"

#include <algorithm>
#include <limits>

namespace sketchntk {

namespace {

template <typename T>
class ReluKernelBlocks final : public KernelBlocks<T> {
  public:
    ReluKernelBlocks(const Network& network, KernelKind kind, MatrixView<const T> x,
                     const typename KernelBlocks<T>::Other& y)
        : KernelBlocks<T>(x, y),
          dense_(dense_layers(network)),
          tangent_(kind == KernelKind::ntk),
          left_(dense_, x, "x") {
        if (y) other_.emplace(dense_, *y, "y");
        has_bias_ = std::make_unique<bool[]>(dense_.size());
        trained_ = std::make_unique<bool[]>(dense_.size());
        for (std::size_t l = 0; l < dense_.size(); ++l) {
            has_bias_[l] = dense_[l].b_std > 0;
            trained_[l] = dense_[l].trained;
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
        return {.dense_layers = static_cast<Index>(dense_.size()),
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

    std::vector<Dense> dense_;
    bool tangent_;
    NormalisedRows<T> left_;
    std::optional<NormalisedRows<T>> other_;
    std::unique_ptr<bool[]> has_bias_;
    std::unique_ptr<bool[]> trained_;
};

}  // namespace

template <typename T>
std::unique_ptr<const KernelBlocks<T>> relu_kernel_blocks(
    const Network& network, KernelKind kind, MatrixView<const T> x,
    const typename KernelBlocks<T>::Other& y) {
    return std::make_unique<ReluKernelBlocks<T>>(network, kind, x, y);
}

template <typename T>
std::int64_t relu_kernel_bytes(const Network& network, Index rows, Index inputs) {
    const auto layers = static_cast<std::int64_t>(dense_layers(network).size());
    return rows * (static_cast<std::int64_t>(sizeof(T)) * (inputs + 2 * layers + 1) +
                   2 * static_cast<std::int64_t>(sizeof(double)));
}

template std::unique_ptr<const KernelBlocks<float>> relu_kernel_blocks(
    const Network&, KernelKind, MatrixView<const float>, const KernelBlocks<float>::Other&);
template std::unique_ptr<const KernelBlocks<double>> relu_kernel_blocks(
    const Network&, KernelKind, MatrixView<const double>, const KernelBlocks<double>::Other&);
template std::int64_t relu_kernel_bytes<float>(const Network&, Index, Index);
template std::int64_t relu_kernel_bytes<double>(const Network&, Index, Index);

}  // namespace sketchntk
