#include "kernels/kernel_blocks.hpp"

#include "core/eigen.hpp"
#include "kernels/normalised_rows.hpp"

namespace sketchntk {

template <typename T>
void KernelBlocks<T>::compute(Index first_row, Index first_column, Matrix<T>& block) const {
    const bool mirrored = symmetric_ && first_row == first_column;
    as_eigen(block).noalias() =
        as_eigen(left_rows().view().middle_rows(first_row, kernel_block)) *
        as_eigen(right_rows().view().middle_rows(first_column, kernel_block)).transpose();
    for (Index a = 0; a < kernel_block; ++a)
        finish_row(first_row + a, first_column, mirrored ? a + 1 : kernel_block,
                   block.row(a).data());
    if (mirrored) mirror(first_row, block);
}

template <typename T>
void KernelBlocks<T>::mirror(Index first_row, Matrix<T>& block) const {
    for (Index a = 0; a < kernel_block; ++a) {
        for (Index b = 0; b < a; ++b) block(b, a) = block(a, b);
        if (first_row + a < rows_)
            block(a, a) = static_cast<T>(diagonal()[static_cast<std::size_t>(first_row + a)]);
    }
}

template class KernelBlocks<float>;
template class KernelBlocks<double>;

}  // namespace sketchntk
