#include "features/pixel_learner.hpp"

#include <sketchntk/core/error.hpp>

#include <string>

namespace sketchntk {

void expect_learnt_shape(const Matrix<float>& matrix, Index rows, Index columns, const char* name) {
    if (matrix.rows() == rows && (rows == 0 || matrix.columns() == columns)) return;
    throw DimensionMismatch(std::string("cntkrf: learnt ") + name + ": expected " +
                            std::to_string(rows) + " x " + std::to_string(columns) + ", got " +
                            std::to_string(matrix.rows()) + " x " +
                            std::to_string(matrix.columns()));
}

}  // namespace sketchntk
