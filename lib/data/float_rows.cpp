#include <sketchntk/core/error.hpp>
#include <sketchntk/data/float_rows.hpp>

#include <cmath>

namespace sketchntk {
namespace {

float as_float(double value, Index row, Index column) {
    const auto result = static_cast<float>(value);
    if (!std::isfinite(result)) {
        throw NumericalError("row " + std::to_string(row + 1) + ", column " +
                             std::to_string(column + 1) +
                             ": expected a value within float32, got " + std::to_string(value));
    }
    return result;
}

}  // namespace

std::variant<Matrix<float>, FloatRows::Sparse> FloatRows::converted(const Batch& batch) {
    if (const auto* dense = std::get_if<Matrix<double>>(&batch.inputs)) {
        Matrix<float> rows(dense->rows(), dense->columns());
        for (Index i = 0; i < rows.rows(); ++i) {
            for (Index j = 0; j < rows.columns(); ++j) {
                rows(i, j) = as_float((*dense)(i, j), batch.first_row + i, j);
            }
        }
        return rows;
    }
    const auto& from = std::get<SparseRows>(batch.inputs);
    Sparse rows{from.columns, from.row_starts, from.column_numbers, {}};
    rows.values.reserve(from.values.size());
    for (Index i = 0; i < from.rows(); ++i) {
        const auto row = static_cast<std::size_t>(i);
        for (Index k = from.row_starts[row]; k < from.row_starts[row + 1]; ++k) {
            const auto entry = static_cast<std::size_t>(k);
            rows.values.push_back(
                as_float(from.values[entry], batch.first_row + i, from.column_numbers[entry]));
        }
    }
    return rows;
}

FloatRows::FloatRows(const Batch& batch) : rows_(converted(batch)) {}

Index FloatRows::rows() const {
    return visit([](const auto& rows) { return rows.rows(); });
}

}  // namespace sketchntk
