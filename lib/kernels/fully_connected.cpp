#include "core/blas.hpp"
#include "kernels/kernel_blocks.hpp"
#include "kernels/normalised_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/fully_connected.hpp>

#include <algorithm>
#include <optional>

namespace sketchntk {

namespace {

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
                   const std::optional<MatrixView<const T>>& y) {
        use_blas_on_one_thread();
        const std::vector<Dense> dense = fully_connected_layers(network).dense;
        if (kind == KernelKind::ntk &&
            std::none_of(dense.begin(), dense.end(), [](const Dense& d) { return d.trained; }))
            throw InvalidArgument("network: no dense layer is trained, so that its NTK is zero");
        if (y && y->columns() != x.columns())
            throw DimensionMismatch("kernel: x has " + std::to_string(x.columns()) +
                                    " columns and y has " + std::to_string(y->columns()));
        blocks = is_rectifier_network(network) ? rectifier_kernel_blocks<T>(network, kind, x, y)
                                               : dual_kernel_blocks<T>(network, kind, x, y);
    }

    std::unique_ptr<const KernelBlocks<T>> blocks;
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
    return implementation_->blocks->rows();
}

template <typename T>
Index FullyConnectedKernel<T>::columns() const {
    return implementation_->blocks->columns();
}

template <typename T>
bool FullyConnectedKernel<T>::symmetric() const {
    return implementation_->blocks->symmetric();
}

template <typename T>
const std::vector<double>& FullyConnectedKernel<T>::diagonal() const {
    return implementation_->blocks->diagonal();
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
            implementation_->blocks->compute(transposed ? j : i, transposed ? i : j, block);
            copy_part(block, i, j, transposed, first_row, first_column, out);
        }
    }
}

template <typename T>
std::int64_t FullyConnectedKernel<T>::bytes(const Network& network, Index rows, Index inputs) {
    return is_rectifier_network(network) ? rectifier_kernel_bytes<T>(network, rows, inputs)
                                         : dual_kernel_bytes<T>(network, rows, inputs);
}

template class FullyConnectedKernel<float>;
template class FullyConnectedKernel<double>;

}  // namespace sketchntk
