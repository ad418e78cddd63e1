#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// Where a Cholesky factorisation stopped.
struct FailedPivot {
    Index number = -1;   ///< from 0; -1 if it did not stop
    double value = 0.0;  ///< what should have been positive
};

/// Replaces the lower triangle of a small contiguous matrix by its Cholesky factor; on failure the
/// content is lost.
FailedPivot factor_lower(MatrixView<float> matrix);
FailedPivot factor_lower(MatrixView<double> matrix);

}  // namespace sketchntk
