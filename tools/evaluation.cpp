#include "evaluation.hpp"

#include <sketchntk/core/error.hpp>

namespace sketchntk::tools {

Evaluation::Evaluation(const Schema& schema) : error(static_cast<Index>(schema.targets.size())) {
    if (schema.class_column) confusion.emplace(error.target_count());
}

void Evaluation::add(MatrixView<const double> predictions, MatrixView<const double> truth) {
    error.add(predictions, truth);
    if (confusion) confusion->add(predictions, truth);
}

std::string confusion_text(const ConfusionTable& confusion, const Schema& schema) {
    constexpr Index most_shown = 20;
    return confusion.classes() > most_shown ? std::string() : confusion.text(schema.targets);
}

Evaluation evaluate(const Model& model, RowReader& rows, Index batch_rows,
                    const Execution& execution) {
    Evaluation evaluation(model.schema());
    rows.rewind();
    for (Batch batch; rows.read(batch_rows, batch);) {
        evaluation.add(model.predict(batch, execution), batch.targets);
        execution.report(
            {"testing", evaluation.error.rows(), rows.row_count().value_or(0), "rows"});
    }
    if (evaluation.error.rows() == 0) throw InvalidArgument("test: there are no test rows");
    return evaluation;
}

}  // namespace sketchntk::tools
