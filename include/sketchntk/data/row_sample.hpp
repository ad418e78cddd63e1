#pragma once

#include <sketchntk/core/random.hpp>
#include <sketchntk/data/batch.hpp>
#include <sketchntk/data/row_split.hpp>

#include <vector>

namespace sketchntk {

/// A uniform sample of the rows of a data set, without replacement, in one pass over batches of it.
///
/// Row i has the key uniform(seed, i), and the rows with the smallest keys are kept: which ones
/// does not depend on how the data was divided into batches. Rows of weight 0 are passed over;
/// other weights are kept beside the rows and do not change their chances. O(columns) for a row
/// that enters and O(1) for others; memory: 8 size (columns + targets) bytes.
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

    /// Takes what `other` kept for the sample of both their rows: that of one pass over all of
    /// them, if `Batch::first_row` has told them apart.
    /// @throws DimensionMismatch for another size, other columns or targets.
    void merge(const RowSample& other);

    /// What is kept: for each row its number, weight, columns and targets, in the order of the
    /// rows.
    [[nodiscard]] Matrix<double> kept() const;
    /// Keeps those rows as well, as if they had been added.
    /// @throws DimensionMismatch unless each has a number, a weight, columns and targets.
    void keep(MatrixView<const double> rows);

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
    void keep_row(double key, Index row, double weight, std::span<const double> values,
                  std::span<const double> targets);
    void keep_weight(Index slot, double weight);
    [[nodiscard]] double weight_of(Index slot) const;

    Index size_;
    RandomStream stream_;
    std::vector<Kept> kept_;  ///< a heap with the largest key in front
    Matrix<double> values_;
    Matrix<double> targets_;       ///< row by row beside `values_`
    std::vector<double> weights_;  ///< likewise; empty as long as all are 1
};

}  // namespace sketchntk
