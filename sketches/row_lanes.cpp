#include "sketches/row_lanes.hpp"

#include "core/dispatch.hpp"

#include <algorithm>

namespace sketchntk::sketches {
namespace {

/// A whole block of 16 x 16: loops of fixed length, which the compiler turns into register moves.
SKETCHNTK_VECTOR_DISPATCH
void transpose_block(const float* __restrict in, Index in_stride, float* __restrict out,
                     Index out_stride) {
    for (Index c = 0; c < row_lanes; ++c) {
        for (Index i = 0; i < row_lanes; ++i) out[c * out_stride + i] = in[i * in_stride + c];
    }
}

void transpose(MatrixView<const float> in, MatrixView<float> out) {
    for (Index first = 0; first < in.rows(); first += row_lanes) {
        const Index rows = std::min(row_lanes, in.rows() - first);
        for (Index j = 0; j < in.columns(); j += row_lanes) {
            const Index columns = std::min(row_lanes, in.columns() - j);
            if (rows == row_lanes && columns == row_lanes) {
                transpose_block(&in(first, j), in.stride(), &out(j, first), out.stride());
                continue;
            }
            for (Index c = j; c < j + columns; ++c) {
                for (Index i = first; i < first + rows; ++i) out(c, i) = in(i, c);
            }
        }
    }
}

}  // namespace

void rows_to_lanes(MatrixView<const float> x, float* lanes) {
    const MatrixView<float> out(lanes, x.columns(), row_lanes);
    transpose(x, out);
    for (Index c = 0; c < x.columns(); ++c) {
        std::fill(out.row(c).begin() + x.rows(), out.row(c).end(), 0.0F);
    }
}

void lanes_to_rows(const float* lanes, MatrixView<float> out) {
    transpose({lanes, out.columns(), out.rows(), row_lanes}, out);
}

}  // namespace sketchntk::sketches
