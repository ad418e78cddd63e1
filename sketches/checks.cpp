#include "sketches/checks.hpp"

#include "core/finite.hpp"

namespace sketchntk::sketches {
namespace {

std::string shape(Index rows, Index columns) {
    return std::to_string(rows) + " x " + std::to_string(columns);
}

std::string row_name(Index row) {
    return "x: row " + std::to_string(row + 1);
}

}  // namespace

Index checked_dimension(std::string_view argument, Index value, Index least, Index most) {
    if (value < least || value > most) {
        throw InvalidArgument(std::string(argument) + ": expected " + std::to_string(least) +
                              " to " + std::to_string(most) + ", got " + std::to_string(value));
    }
    return value;
}

void check_shapes(Index rows, Index columns, MatrixView<const float> out, Index inputs,
                  Index outputs) {
    if (columns != inputs) {
        throw DimensionMismatch("x: expected " + std::to_string(inputs) + " columns, got " +
                                std::to_string(columns));
    }
    if (out.rows() != rows || out.columns() != outputs) {
        throw DimensionMismatch("out: expected " + shape(rows, outputs) + ", got " +
                                shape(out.rows(), out.columns()));
    }
}

void check_finite(MatrixView<const float> x, Index first_row) {
    refuse_not_finite("x", x, first_row);
}

void check_finite(const SparseRowsView& x, Index first_row) {
    for (Index i = 0; i < x.rows(); ++i) {
        const SparseRowsView::Row row = x.row(i);
        if (all_finite(row.values)) continue;
        for (std::size_t k = 0; k < row.values.size(); ++k) {
            if (!all_finite(row.values.subspan(k, 1)))
                throw_not_finite("x", first_row + i, row.columns[k], row.values[k]);
        }
    }
}

void check_columns(const SparseRowsView& x, Index first_row) {
    for (Index i = 0; i < x.rows(); ++i) {
        std::int64_t previous = -1;
        for (const std::int64_t column : x.row(i).columns) {
            if (column <= previous) {
                throw InvalidArgument(
                    row_name(first_row + i) + ": expected ascending columns, got " +
                    std::to_string(column + 1) + " after " + std::to_string(previous + 1));
            }
            previous = column;
        }
        if (previous >= x.columns()) {
            throw InvalidArgument(row_name(first_row + i) + ": expected columns 1 to " +
                                  std::to_string(x.columns()) + ", got " +
                                  std::to_string(previous + 1));
        }
    }
}

void check_rows(MatrixView<const float> x, Index first_row) {
    check_finite(x, first_row);
}

void check_rows(const SparseRowsView& x, Index first_row) {
    check_columns(x, first_row);
    check_finite(x, first_row);
}

void check_length(std::string_view argument, std::span<const float> vector, Index dimension) {
    if (static_cast<Index>(vector.size()) == dimension) return;
    throw DimensionMismatch(std::string(argument) + ": expected " + std::to_string(dimension) +
                            " entries, got " + std::to_string(vector.size()));
}

void check_powers(MatrixView<const float> out, Index first_row, Index degree) {
    for (Index i = 0; i < out.rows(); ++i) {
        if (all_finite(out.row(i))) continue;
        throw NumericalError(row_name(first_row + i) + ": its sketch of degree " +
                             std::to_string(degree) +
                             " is out of the range of float32; scale the rows down");
    }
}

void check_block(Index first_input, Index first_output, MatrixView<const float> block, Index inputs,
                 Index outputs) {
    const bool inside = first_input >= 0 && first_output >= 0 &&
                        block.rows() <= inputs - first_input &&
                        block.columns() <= outputs - first_output;
    if (!inside) {
        throw InvalidArgument("block: expected one inside " + shape(inputs, outputs) + ", got " +
                              shape(block.rows(), block.columns()) + " from input " +
                              std::to_string(first_input) + ", output " +
                              std::to_string(first_output));
    }
}

}  // namespace sketchntk::sketches
