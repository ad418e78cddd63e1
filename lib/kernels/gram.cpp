#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <algorithm>
#include <string>

namespace sketchntk {

namespace {

constexpr Index block = 256;

Index block_count(Index size) {
    return (size + block - 1) / block;
}

// The transpose is made in a buffer first, whose rows are not a power of two apart: written
// straight to a large matrix, a column of a block falls into few sets of the cache.
template <typename T>
void copy_transposed(const Matrix<T>& source, MatrixView<T> target) {
    constexpr Index side = 16;
    thread_local Matrix<T> buffer(block, block + side);
    for (Index i0 = 0; i0 < block; i0 += side)
        for (Index j0 = 0; j0 < block; j0 += side)
            for (Index i = i0; i < i0 + side; ++i)
                for (Index j = j0; j < j0 + side; ++j) buffer(j, i) = source(i, j);
    for (Index j = 0; j < target.rows(); ++j)
        std::copy_n(buffer.row(j).data(), target.columns(), target.row(j).data());
}

template <typename T>
void symmetric_gram(const KernelTiles<T>& kernel, MatrixView<T> out, const Execution& execution) {
    const Index blocks = block_count(kernel.rows());
    parallel_for(execution, blocks * (blocks + 1) / 2, [&](Index pair) {
        thread_local Matrix<T> buffer(block, block);
        Index i = 0;
        while ((i + 1) * (i + 2) / 2 <= pair) ++i;
        const Index j = pair - i * (i + 1) / 2;
        const Index rows = std::min(block, kernel.rows() - i * block);
        const Index columns = std::min(block, kernel.rows() - j * block);
        kernel.tile(i * block, j * block,
                    buffer.view().middle_rows(0, rows).middle_columns(0, columns));
        for (Index a = 0; a < rows; ++a)
            std::copy_n(buffer.row(a).data(), columns, &out(i * block + a, j * block));
        if (i != j)
            copy_transposed(buffer,
                            out.middle_rows(j * block, columns).middle_columns(i * block, rows));
    });
}

Matrix<double> widened(MatrixView<const float> x) {
    Matrix<double> wide(x.rows(), x.columns());
    for (Index i = 0; i < x.rows(); ++i)
        std::copy_n(x.row(i).data(), x.columns(), wide.row(i).data());
    return wide;
}

}  // namespace

template <typename T>
void kernel_rows(const KernelTiles<T>& kernel, Index first_row, MatrixView<T> out,
                 const Execution& execution) {
    if (out.columns() != kernel.columns() || first_row < 0 ||
        first_row + out.rows() > kernel.rows())
        throw DimensionMismatch(
            "kernel rows: rows " + std::to_string(first_row) + " to " +
            std::to_string(first_row + out.rows()) + " of " + std::to_string(out.columns()) +
            " columns asked of a kernel matrix of " + std::to_string(kernel.rows()) + " x " +
            std::to_string(kernel.columns()));
    // The kernel's own grid starts at row 0: begin with the piece up to its next line.
    const Index first_block = first_row / block;
    const Index row_blocks = block_count(first_row + out.rows()) - first_block;
    const Index column_blocks = block_count(out.columns());
    parallel_for(execution, row_blocks * column_blocks, [&](Index task) {
        const Index begin = std::max(first_row, (first_block + task / column_blocks) * block);
        const Index end =
            std::min(first_row + out.rows(), (first_block + task / column_blocks + 1) * block);
        const Index column = task % column_blocks * block;
        kernel.tile(begin, column,
                    out.middle_rows(begin - first_row, end - begin)
                        .middle_columns(column, std::min(block, out.columns() - column)));
    });
}

template <typename T>
void gram(const KernelTiles<T>& kernel, MatrixView<T> out, const Execution& execution) {
    if (kernel.symmetric() && out.rows() == kernel.rows() && out.columns() == kernel.columns())
        symmetric_gram(kernel, out, execution);
    else
        kernel_rows(kernel, 0, out, execution);
}

template <typename T>
Matrix<T> gram(const KernelTiles<T>& kernel, const Execution& execution) {
    Matrix<T> out(kernel.rows(), kernel.columns());
    gram(kernel, out.view(), execution);
    return out;
}

template <typename T>
Matrix<T> gram_by_pairs(const KernelTiles<T>& kernel, const Execution& execution) {
    const Index side = kernel.shared_side();
    Matrix<T> out(kernel.rows(), kernel.columns());
    for (Index i = 0; i < kernel.rows(); i += side) {
        const Index rows = std::min(side, kernel.rows() - i);
        const Index columns = kernel.symmetric() ? i + rows : kernel.columns();
        parallel_for(execution, (columns + side - 1) / side, [&](Index block_column) {
            const Index j = block_column * side;
            kernel.tile(
                i, j,
                out.view().middle_rows(i, rows).middle_columns(j, std::min(side, columns - j)));
        });
        execution.report({"kernel", i + rows, kernel.rows(), "rows"});
    }
    if (kernel.symmetric())
        for (Index i = 0; i < kernel.rows(); ++i)
            for (Index j = 0; j < i; ++j) out(j, i) = out(i, j);
    return out;
}

template Matrix<float> gram_by_pairs(const KernelTiles<float>&, const Execution&);
template Matrix<double> gram_by_pairs(const KernelTiles<double>&, const Execution&);
template void kernel_rows(const KernelTiles<float>&, Index, MatrixView<float>, const Execution&);
template void kernel_rows(const KernelTiles<double>&, Index, MatrixView<double>, const Execution&);
template void gram(const KernelTiles<float>&, MatrixView<float>, const Execution&);
template void gram(const KernelTiles<double>&, MatrixView<double>, const Execution&);
template Matrix<float> gram(const KernelTiles<float>&, const Execution&);
template Matrix<double> gram(const KernelTiles<double>&, const Execution&);

Matrix<double> fully_connected_gram(const Network& network, KernelKind kind,
                                    MatrixView<const float> x, const Execution& execution) {
    return gram(FullyConnectedKernel<double>(network, kind, widened(x).view()), execution);
}

}  // namespace sketchntk
