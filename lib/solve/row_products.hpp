#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// Products of float32 rows with float64 vectors, summed in float64 in an order that depends on the
/// shape of `rows` only.

/// products[i] += sum_j rows(i, j) x[j].
void add_products(MatrixView<const float> rows, const double* x, double* products);

/// sums[j] += sum_i factors[i] rows(i, j).
void add_combination(MatrixView<const float> rows, const double* factors, double* sums);

/// Both, in one pass over the rows: what a tile of a symmetric matrix contributes to a product.
void add_symmetric(MatrixView<const float> rows, const double* x, double* products,
                   const double* factors, double* sums);

}  // namespace sketchntk
