#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/model/model.hpp>
#include <sketchntk/model/regression_error.hpp>

namespace sketchntk::tools {

/// The error of a model on all rows of a reader that has the model's targets.
[[nodiscard]] RegressionError evaluate(const Model& model, RowReader& rows, Index batch_rows,
                                       const Execution& execution);

}  // namespace sketchntk::tools
