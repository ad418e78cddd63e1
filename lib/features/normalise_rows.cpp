#include "features/row_length.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/normalise_rows.hpp>

namespace sketchntk {

void scale_rows_to_unit_mean_square(MatrixView<const float> x, MatrixView<float> out) {
    if (x.rows() != out.rows() || x.columns() != out.columns())
        throw DimensionMismatch("normalise rows: the result has another shape");
    for (Index i = 0; i < x.rows(); ++i) {
        const auto scale = static_cast<float>(unit_mean_square_scale(x.row(i), x.columns(), i));
        for (Index j = 0; j < x.columns(); ++j) out(i, j) = scale * x(i, j);
    }
}

}  // namespace sketchntk
