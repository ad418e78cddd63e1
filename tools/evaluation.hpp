#pragma once

#include "confusion_table.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/model/model.hpp>
#include <sketchntk/model/regression_error.hpp>

#include <optional>

namespace sketchntk::tools {

/// How far a model's predictions are from the targets of some rows.
struct Evaluation {
    RegressionError error;
    std::optional<ConfusionTable> confusion;  ///< where targets stand for classes

    explicit Evaluation(const Schema& schema);

    /// @param predictions, truth rows x targets
    void add(MatrixView<const double> predictions, MatrixView<const double> truth);
};

/// The confusion table of up to 20 classes, which fit on a screen; empty for more.
[[nodiscard]] std::string confusion_text(const ConfusionTable& confusion, const Schema& schema);

/// That of a model on all rows of a reader that has the model's targets.
[[nodiscard]] Evaluation evaluate(const Model& model, RowReader& rows, Index batch_rows,
                                  const Execution& execution);

}  // namespace sketchntk::tools
