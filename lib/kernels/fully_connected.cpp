#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "kernels/layer_recursion.hpp"
#include "kernels/normalised_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/fully_connected.hpp>

#include <algorithm>
#include <optional>

namespace sketchntk {

namespace {

// Closer to 1 than this, 1 - <x, y> of unit rows has lost too many digits to rounding, and is taken
// from |x - y|^2 / 2 instead: the loss in kappa0 stays below 1e-7 / (pi sqrt(2e-3)) in float32.
constexpr double nearness = 1e-3;

// Where the grid block at (i, j) and the tile at (first_row, first_column) overlap.
template <typename T>
void copy_part(const Matrix<T>& block, Index i, Index j, bool transposed, Index first_row,
               Index first_column, MatrixView<T> out) {
    const Index begin = std::max(j, first_column);
    const Index end = std::min(j + kernel_block, first_column + out.columns());
    for (Index a = std::max(i, first_row); a < std::min(i + kernel_block, first_row + out.rows());
         ++a) {
        T* target = &out(a - first_row, begin - first_column);
        if (transposed)
            for (Index b = begin; b < end; ++b) target[b - begin] = block(b - j, a - i);
        else
            std::copy_n(&block(a - i, begin - j), end - begin, target);
    }
}

}  // namespace

std::string_view to_text(KernelKind kind) {
    return kind == KernelKind::nngp ? "nngp" : "ntk";
}

KernelKind parse_kernel_kind(std::string_view text) {
    if (text == "nngp") return KernelKind::nngp;
    if (text == "ntk") return KernelKind::ntk;
    throw InvalidArgument("kernel kind: expected 'nngp' or 'ntk', got '" + std::string(text) + "'");
}

template <typename T>
struct FullyConnectedKernel<T>::Implementation {
    Implementation(const Network& network, KernelKind kind, MatrixView<const T> x,
                   std::optional<MatrixView<const T>> y)
        : dense(sketchntk::dense_layers(network)),
          tangent(kind == KernelKind::ntk),
          left(dense, x, "x") {
        use_blas_on_one_thread();
        if (y) {
            if (y->columns() != x.columns())
                throw DimensionMismatch("kernel: x has " + std::to_string(x.columns()) +
                                        " columns and y has " + std::to_string(y->columns()));
            other.emplace(dense, *y, "y");
        }
        has_bias = std::make_unique<bool[]>(dense.size());
        trained = std::make_unique<bool[]>(dense.size());
        for (std::size_t l = 0; l < dense.size(); ++l) {
            has_bias[l] = dense[l].b_std > 0;
            trained[l] = dense[l].trained;
        }
        if (tangent && std::none_of(dense.begin(), dense.end(),
                                    [](const Dense& layer) { return layer.trained; }))
            throw InvalidArgument("network: no dense layer is trained, so that its NTK is zero");
    }

    const NormalisedRows<T>& right() const { return other ? *other : left; }
    const std::vector<double>& diagonal() const {
        return tangent ? left.ntk_diagonal : left.nngp_diagonal;
    }

    // The pairs of the block at (first_row, first_column) of the grid, into `block`. On the
    // diagonal of a symmetric kernel only the lower triangle is computed, and mirrored.
    void compute_block(Index first_row, Index first_column, Matrix<T>& block) const {
        const bool mirrored = !other && first_row == first_column;
        as_eigen(block).noalias() =
            as_eigen(left.units.view().middle_rows(first_row, kernel_block)) *
            as_eigen(right().units.view().middle_rows(first_column, kernel_block)).transpose();
        AlignedVector<T> scratch(static_cast<std::size_t>(kernel_block));
        for (Index a = 0; a < kernel_block; ++a) {
            const Index count = mirrored ? a + 1 : kernel_block;
            T* entries = block.row(a).data();
            if (encode_cosines(entries, count, static_cast<T>(nearness)) > 0)
                refine_near_pairs(first_row + a, first_column, count, entries);
            apply_layers(entries, recursion(first_row + a, first_column, count, scratch.data()));
        }
        if (mirrored) mirror(first_row, block);
    }

    void mirror(Index first_row, Matrix<T>& block) const {
        for (Index a = 0; a < kernel_block; ++a) {
            for (Index b = 0; b < a; ++b) block(b, a) = block(a, b);
            if (first_row + a < left.rows)
                block(a, a) = static_cast<T>(diagonal()[static_cast<std::size_t>(first_row + a)]);
        }
    }

    void refine_near_pairs(Index row, Index first_column, Index count, T* entries) const {
        const auto x = as_eigen(left.units.view()).row(row);
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
        return {.dense_layers = static_cast<Index>(dense.size()),
                .has_bias = has_bias.get(),
                .trained = trained.get(),
                .tangent = tangent,
                .count = count,
                .left_weight = left.weight_parts.data() + row,
                .left_bias = left.bias_parts.data() + row,
                .left_stride = left.padded_rows(),
                .right_weight = columns.weight_parts.data() + first_column,
                .right_bias = columns.bias_parts.data() + first_column,
                .right_stride = columns.padded_rows(),
                .left_deviation = left.deviations[static_cast<std::size_t>(row)],
                .right_deviation = columns.deviations.data() + first_column,
                .scratch = scratch};
    }

    std::vector<Dense> dense;
    bool tangent;
    NormalisedRows<T> left;
    std::optional<NormalisedRows<T>> other;
    std::unique_ptr<bool[]> has_bias;
    std::unique_ptr<bool[]> trained;
};

template <typename T>
FullyConnectedKernel<T>::FullyConnectedKernel(const Network& network, KernelKind kind,
                                              MatrixView<const T> x)
    : implementation_(std::make_unique<const Implementation>(network, kind, x, std::nullopt)) {}

template <typename T>
FullyConnectedKernel<T>::FullyConnectedKernel(const Network& network, KernelKind kind,
                                              MatrixView<const T> x, MatrixView<const T> y)
    : implementation_(std::make_unique<const Implementation>(network, kind, x, y)) {}

template <typename T>
FullyConnectedKernel<T>::~FullyConnectedKernel() = default;

template <typename T>
Index FullyConnectedKernel<T>::rows() const {
    return implementation_->left.rows;
}

template <typename T>
Index FullyConnectedKernel<T>::columns() const {
    return implementation_->right().rows;
}

template <typename T>
bool FullyConnectedKernel<T>::symmetric() const {
    return !implementation_->other;
}

template <typename T>
const std::vector<double>& FullyConnectedKernel<T>::diagonal() const {
    return implementation_->diagonal();
}

template <typename T>
void FullyConnectedKernel<T>::tile(Index first_row, Index first_column, MatrixView<T> out) const {
    thread_local Matrix<T> block(kernel_block, kernel_block);
    const auto grid_line = [](Index i) { return i / kernel_block * kernel_block; };
    const Index end_row = first_row + out.rows();
    const Index end_column = first_column + out.columns();
    for (Index i = grid_line(first_row); i < end_row; i += kernel_block) {
        for (Index j = grid_line(first_column); j < end_column; j += kernel_block) {
            // Above the diagonal the block is the transpose of the one below, so that both agree.
            const bool transposed = symmetric() && i < j;
            implementation_->compute_block(transposed ? j : i, transposed ? i : j, block);
            copy_part(block, i, j, transposed, first_row, first_column, out);
        }
    }
}

template <typename T>
std::int64_t FullyConnectedKernel<T>::bytes(const Network& network, Index rows, Index inputs) {
    const auto layers = static_cast<std::int64_t>(sketchntk::dense_layers(network).size());
    return rows * (static_cast<std::int64_t>(sizeof(T)) * (inputs + 2 * layers + 1) +
                   2 * static_cast<std::int64_t>(sizeof(double)));
}

template class FullyConnectedKernel<float>;
template class FullyConnectedKernel<double>;

}  // namespace sketchntk
