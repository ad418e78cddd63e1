#pragma once

#include <sketchntk/data/batch.hpp>

namespace sketchntk {

/// Collects rows into a batch of the same kind, dense or sparse, as they come in.
class BatchBuilder {
  public:
    BatchBuilder(Batch& batch, Index most_rows) : batch_(batch), most_rows_(most_rows) {}

    [[nodiscard]] Index rows() const { return rows_; }
    /// One more row, that of another batch.
    void append(const Batch& from, Index row);
    /// Cuts the batch to the rows it got.
    void finish();

  private:
    void begin_like(const Batch& from);

    Batch& batch_;
    Index most_rows_;
    Index rows_ = 0;
};

}  // namespace sketchntk
