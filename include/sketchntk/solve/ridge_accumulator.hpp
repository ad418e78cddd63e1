#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/solve/row_chunk.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sketchntk {

struct Container;

/// What ridge regression needs to know of n rows of features z (m numbers) and targets y (t
/// numbers): sums over the rows, in float64, each row taken as often as its weight w says.
struct RidgeStatistics {
    Index rows = 0;     ///< n, those with a weight above 0
    double weight = 0;  ///< sum w; n without weights
    /// sum w z z^T, m x m; only the lower triangle (j <= i) has a meaning. Empty until
    /// the first chunk of rows is multiplied.
    Matrix<double> gram;
    Matrix<double> cross;             ///< sum w z [y, 1]^T, m x (t + 1): the last column is sum w z
    std::vector<double> target_sums;  ///< sum w y
    std::vector<double> target_squares;  ///< sum w y^2, for each target

    [[nodiscard]] Index feature_count() const { return cross.rows(); }
    [[nodiscard]] Index target_count() const { return static_cast<Index>(target_sums.size()); }
    /// sum w |z|^2.
    [[nodiscard]] double trace() const;
};

/// Rows, and what `RidgeStatistics` says of them without their Gram.
struct SummedRows {
    RidgeStatistics sums;
    RowChunk rows;
};

/// Accumulates `RidgeStatistics` in one pass over batches.
///
/// The result has the same bits for any number of threads and any division of the rows into
/// batches: rows are gathered into chunks of `RowChunk::capacity` and each chunk adds its product
/// to each tile of the Gram in the order of the rows. An accumulator is a value: it can be copied,
/// merged, saved and loaded, and adding after loading gives the bits of never having stopped.
///
/// Cost: n m^2 flops (the symmetric half), in float64; memory see `bytes`. The Gram is there from
/// the first full chunk on: as long as all rows wait, `RidgePath` can do without it.
class RidgeAccumulator {
  public:
    /// @throws InvalidArgument if features < 1 or targets < 0.
    RidgeAccumulator(Index features, Index targets);

    /// @throws DimensionMismatch for a wrong shape, InvalidArgument for a number that is not finite
    ///   (names row and column) or a weight below 0; nothing has been added then.
    void add(const RegressionRows& rows, const Execution& execution);
    /// The same for rows of weight 1: features is rows x m, targets rows x t.
    void add(MatrixView<const float> features, MatrixView<const double> targets,
             const Execution& execution) {
        add({features, targets}, execution);
    }

    /// Adds the rows that still wait for their chunk to fill. Rows added later start a new chunk,
    /// so that where `flush` was called shows in the last bits.
    void flush(const Execution& execution);

    /// Adds what `other` has accumulated, after flushing both sides' waiting rows unless all of
    /// them can go on waiting together. The order of merges decides the last bits of the sums.
    /// @throws DimensionMismatch if the counts of features or targets differ.
    void merge(const RidgeAccumulator& other, const Execution& execution);

    /// Multiplies the weights of all rows so far by a number above 0: their unit.
    /// @throws InvalidArgument for another one.
    void scale_weights(double factor);

    /// Writes everything, waiting rows included, to a container of kind "ridge accumulator"; needs
    /// memory for one copy.
    /// @throws IoError
    void save(const std::string& path) const;
    /// @throws IoError, FormatError if the file is damaged or holds something else.
    [[nodiscard]] static RidgeAccumulator load(const std::string& path);

    /// The bytes of such a file, and an accumulator from them.
    /// @throws FormatError as `load`.
    [[nodiscard]] std::string to_bytes() const;
    [[nodiscard]] static RidgeAccumulator from_bytes(std::span<const std::byte> bytes);

    [[nodiscard]] Index rows() const { return statistics_.rows + chunk_.rows(); }
    [[nodiscard]] Index feature_count() const { return statistics_.feature_count(); }
    [[nodiscard]] Index target_count() const { return statistics_.target_count(); }

    /// The sums over all rows but those that wait in `pending`.
    [[nodiscard]] const RidgeStatistics& statistics() const { return statistics_; }
    /// The rows that wait for their chunk to fill.
    [[nodiscard]] const RowChunk& pending() const { return chunk_; }

    /// Flushes and hands over the sums, without a copy.
    [[nodiscard]] RidgeStatistics release(const Execution& execution) &&;
    /// Hands over the rows and their sums but for the Gram, without a copy, if all rows still wait.
    /// @throws InvalidArgument if there is a Gram already
    [[nodiscard]] SummedRows release_rows(const Execution& execution) &&;

    /// Memory of an accumulator in bytes: 8 (m^2 + 1024 m) and smaller terms, without m^2 for less
    /// than `RowChunk::capacity` rows.
    [[nodiscard]] static Index bytes(Index features, Index targets,
                                     Index rows = RowChunk::capacity);

  private:
    explicit RidgeAccumulator(RidgeStatistics statistics);
    [[nodiscard]] Container to_container() const;
    [[nodiscard]] static RidgeAccumulator from_container(const std::string& name, Container file);

    RidgeStatistics statistics_;
    RowChunk chunk_;
};

}  // namespace sketchntk
