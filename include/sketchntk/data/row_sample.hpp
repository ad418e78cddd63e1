#pragma once

#include <sketchntk/core/random.hpp>
#include <sketchntk/data/batch.hpp>
#include <sketchntk/data/row_split.hpp>

#include <vector>

namespace sketchntk {

/// A uniform sample of the rows of a data set, without replacement, in one pass over batches of it.
///
/// Row i has the key uniform(seed, i), and the rows with the smallest keys are kept: which ones
/// does not depend on how the data was divided into batches. O(columns) for a row that enters and
/// O(1) for others; memory: 8 size (columns + targets) bytes.
class RowSample {
  public:
    /// @param targets columns of targets to be kept; with none, batches may have any number
    /// @throws InvalidArgument unless size >= 0, columns >= 1 and targets >= 0.
    RowSample(Index size, Index columns, Seed seed, Index targets = 0);

    /// Rows that the split holds out are passed over.
    /// @throws DimensionMismatch for another number of columns or targets.
    void add(const Batch& batch, const RowSplit& split = RowSplit::none());

    /// The rows that are kept, in the order in which they stand in the data: at most `size`.
    [[nodiscard]] Batch rows() const { return rows(size_); }
    /// The rows that a sample of this size, not above its own, would have kept.
    [[nodiscard]] Batch rows(Index size) const;

    [[nodiscard]] static std::int64_t bytes(Index size, Index columns);

  private:
    struct Kept {
        double key;
        Index row;   ///< number within the data
        Index slot;  ///< row of `values_`
    };

    [[nodiscard]] static bool before(const Kept& a, const Kept& b);
    /// The slot into which a row with this key goes, or -1 if it is not kept.
    Index slot_for(double key, Index row);

    Index size_;
    RandomStream stream_;
    std::vector<Kept> kept_;  ///< a heap with the largest key in front
    Matrix<double> values_;
    Matrix<double> targets_;  ///< row by row beside `values_`
};

}  // namespace sketchntk
