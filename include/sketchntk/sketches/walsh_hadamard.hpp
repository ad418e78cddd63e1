#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <span>

namespace sketchntk::sketches {

/// The Walsh-Hadamard transform of a row of n = 2^k numbers, in place, not normalised and in
/// natural (Sylvester) order:
///
///     row[i] <- sum_j (-1)^popcount(i & j) row[j],
///
/// so that applied twice it multiplies by n. n log2 n additions and subtractions, in the order of
/// the textbook's loop over the strides 1, 2, 4, ..., n / 2: every machine gives the same bits,
/// wherever the row lies in memory. Fastest where it begins on a 64-byte boundary. Needs no memory
/// of its own. Numbers that are not finite are not refused: they spread over the row.
/// @throws InvalidArgument unless n is a power of two from 1 to 2^24.
void walsh_hadamard_transform(std::span<float> row);

/// Transforms every row, on the threads of `execution`: rows are shared out among them, and long
/// rows themselves where there are fewer than threads. The same bits for any number of threads.
/// @throws InvalidArgument unless the number of columns is a power of two from 1 to 2^24.
void walsh_hadamard_transform_rows(MatrixView<float> rows, const Execution& execution = {});

}  // namespace sketchntk::sketches
