#include "evaluation.hpp"

#include <sketchntk/core/error.hpp>

namespace sketchntk::tools {

RegressionError evaluate(const Model& model, RowReader& rows, Index batch_rows,
                         const Execution& execution) {
    RegressionError error(model.target_count());
    rows.rewind();
    for (Batch batch; rows.read(batch_rows, batch);) {
        error.add(model.predict(batch, execution), batch.targets);
        execution.report({"testing", error.rows(), rows.row_count().value_or(0), "rows"});
    }
    if (error.rows() == 0) throw InvalidArgument("test: there are no test rows");
    return error;
}

}  // namespace sketchntk::tools
