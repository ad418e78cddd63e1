#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/data/standardiser.hpp>

namespace sketchntk::tools {

/// What a kernel matrix needs of a data set: all of its rows.
template <typename T>
struct RowsInMemory {
    Matrix<T> inputs;
    Matrix<double> targets;
};

/// All rows, standardised, as float32.
[[nodiscard]] RowsInMemory<float> load_rows(RowReader& reader, const Standardiser& standardiser);
/// All rows as they are, as T: float or double. Holds them once, and a batch.
template <typename T>
[[nodiscard]] RowsInMemory<T> load_rows(RowReader& reader);

/// A uniform sample of the rows of a reader, which is rewound: the one that `fit` would draw.
[[nodiscard]] RowSample sample_rows(RowReader& reader, Index size, Seed seed);

/// Learns to standardise from all rows of a reader, and rewinds it.
[[nodiscard]] Standardiser learn_standardiser(RowReader& reader);
/// The same by a standardiser that has learnt nothing yet.
[[nodiscard]] Standardiser learn_standardiser(RowReader& reader, Standardiser standardiser);

}  // namespace sketchntk::tools
