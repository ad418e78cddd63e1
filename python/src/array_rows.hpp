#pragma once

#include "support.hpp"

#include <sketchntk/data/row_reader.hpp>

#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace sketchntk::python {

namespace nb = nanobind;

/// Rows of a dense array on the CPU, with any strides.
template <typename T>
using Rows2d = nb::ndarray<const T, nb::ndim<2>, nb::device::cpu>;
using DenseArray = std::variant<Rows2d<float>, Rows2d<double>, Rows2d<std::uint8_t>>;

/// The three arrays of a matrix in compressed sparse row form.
struct CompressedArrays {
    Contiguous1d<std::int64_t> row_starts;
    Contiguous1d<std::int64_t> column_numbers;
    Contiguous1d<double> values;
    Index columns = 0;
};

/// What stands beside the inputs.
struct ArrayDescription {
    /// Targets, rows x targets; or the number of each row's class, from 0, which becomes a target
    /// for each class (`Schema::class_column`).
    std::variant<std::monostate, Contiguous2d<double>, Contiguous1d<std::int64_t>> targets;
    std::optional<Contiguous1d<double>> weights;
    std::vector<std::string> column_names;  ///< none: the columns' numbers, from 1
    std::vector<std::string> target_names;  ///< of classes: their names
    std::vector<double> class_values;       ///< of classes: their numbers, ascending
    std::vector<Index> image_shape;  ///< pixels along each axis, and channels; empty for other rows
};

/// Everything behind a sparse matrix trusts its numbers.
/// @throws InvalidArgument unless rows follow each other within the entries, and columns ascend
///   within each row.
void check_compressed_rows(std::span<const std::int64_t> row_starts,
                           std::span<const std::int64_t> column_numbers, std::size_t entries,
                           Index columns);

/// A reader of arrays that somebody else keeps: nothing is copied but the rows of a batch. Arrays
/// may be read without holding Python's lock; they are let go with it.
[[nodiscard]] std::unique_ptr<RowReader> read_arrays(
    std::variant<DenseArray, CompressedArrays> inputs, ArrayDescription description);

}  // namespace sketchntk::python
