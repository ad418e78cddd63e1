#pragma once

#include <sketchntk/data/row_reader.hpp>

#include <string>
#include <vector>

namespace sketchntk {

/// Shifts and scales every input column to mean 0 and standard deviation 1, and drops the constant
/// ones: z = (x - mean) / scale, where scale^2 = (1/n) sum (x - mean)^2 over the n rows learnt from
/// (the population's convention: divided by n, not by n - 1). Rows with weights count as often as
/// these say.
///
/// It is first made to learn (`add`, `merge`, then `finish`) and then applied:
/// ```
/// Standardiser standardiser(reader.schema().input_names());
/// while (reader.read(4096, batch)) standardiser.add(batch);
/// standardiser.finish();
/// ```
/// A column is constant if all its values are equal, and also if its scale is below 1e-12 of its
/// largest magnitude: the sum of squares then consists of rounding errors, which division by the
/// scale would blow up to an input of size 1.
///
/// Images are standardised by channels: all pixels of a channel share mean and scale, and all are
/// kept, so that rows stay images; those of a constant channel become 0.
class Standardiser {
  public:
    /// One that has learnt nothing yet. @param column_names a name for each input column, for
    /// messages. @param channels of images, whose columns are pixels, each with its channels; 0 for
    /// other rows
    /// @throws InvalidArgument unless the columns are whole pixels.
    explicit Standardiser(std::vector<std::string> column_names, Index channels = 0);

    /// The same for the rows of a reader: by channels where they are images.
    [[nodiscard]] static Standardiser of_rows(const RowReader& rows);

    /// One that keeps rows as they are, ready to be applied.
    [[nodiscard]] static Standardiser identity(std::vector<std::string> column_names);

    /// One made from what another learnt, ready to be applied: numbers of the kept columns,
    /// ascending, and their means and scales.
    /// @throws InvalidArgument if there is not one mean and one scale for each kept column, or one
    ///   of them is not finite, a scale is not positive, or a column does not exist.
    [[nodiscard]] static Standardiser from_values(std::vector<std::string> column_names,
                                                  std::vector<Index> kept_columns,
                                                  std::vector<double> means,
                                                  std::vector<double> scales);

    /// Learns from the rows of a batch, one after the other (Welford 1962, in float64), so that the
    /// result does not depend on how the rows were divided into batches. The entries that sparse
    /// rows leave out are zeros, and count. O(rows x columns).
    /// @throws DimensionMismatch for another number of columns, InvalidArgument after `finish`.
    void add(const Batch& batch);

    /// Learns what `other` has learnt (Chan, Golub and LeVeque 1983). Equal to adding its rows up
    /// to rounding. @throws as `add`; InvalidArgument for images of other channels.
    void merge(const Standardiser& other);

    /// What has been learnt so far, as numbers: rows and weight, and for each input column its
    /// mean, sum of squared deviations, smallest and largest value. `resumed` goes on from there.
    struct LearningState {
        Index rows = 0;
        double weight = 0;
        Matrix<double> moments;  ///< columns x 4
    };
    /// @throws InvalidArgument after `finish`.
    [[nodiscard]] LearningState learning_state() const;
    /// @throws DimensionMismatch unless there are four numbers for each column.
    [[nodiscard]] static Standardiser resumed(std::vector<std::string> column_names, Index channels,
                                              const LearningState& state);

    /// Ends the learning.
    /// @throws InvalidArgument without any row, and if all columns are constant; NumericalError if
    ///   the variance of a column overflows.
    void finish();

    /// The standardised rows, rows x output_columns().
    /// @throws DimensionMismatch for another number of columns; InvalidArgument before `finish`;
    ///   NumericalError naming row and column if a value leaves the range of float32.
    [[nodiscard]] Matrix<float> apply(const Batch& batch) const;

    [[nodiscard]] bool finished() const { return finished_; }
    [[nodiscard]] Index rows_seen() const { return rows_; }
    [[nodiscard]] Index input_columns() const { return static_cast<Index>(names_.size()); }
    [[nodiscard]] const std::vector<std::string>& column_names() const { return names_; }

    /// What follows is known after `finish`.
    [[nodiscard]] Index output_columns() const { return static_cast<Index>(kept_columns_.size()); }
    /// Numbers of the input columns that are kept, ascending, from 0.
    [[nodiscard]] const std::vector<Index>& kept_columns() const { return kept_columns_; }
    /// Numbers of those that are dropped.
    [[nodiscard]] std::vector<Index> constant_columns() const;
    /// Mean and scale of each kept column.
    [[nodiscard]] const std::vector<double>& means() const { return means_; }
    [[nodiscard]] const std::vector<double>& scales() const { return scales_; }

    /// Whether rows stay as they are, to the bit of their float32 values: all columns kept, all
    /// means 0 and scales 1. Sparse rows then need not be written out.
    [[nodiscard]] bool is_identity() const { return identity_; }

    bool operator==(const Standardiser&) const = default;

  private:
    struct Moments {
        double mean = 0;
        double squares = 0;  ///< sum of squared deviations from the mean
        double smallest = 0;
        double largest = 0;

        bool operator==(const Moments&) const = default;
    };

    void add_row(std::span<const double> row, double weight);
    [[nodiscard]] Moments of_channel(Index channel) const;
    /// The standard deviation of values that were seen `count` times; 0 where they are constant.
    [[nodiscard]] double scale_of(const Moments& moments, double count, Index column) const;
    void keep_varying_columns();
    void keep_channels();
    void check_columns(Index columns) const;
    void check_learning() const;
    void note_identity();
    void standardise_row(std::span<const double> row, std::span<float> out, Index number) const;
    [[noreturn]] void refuse_value(std::span<const double> row, Index number) const;

    std::vector<std::string> names_;
    std::vector<Moments> moments_;  ///< for each input column, while learning
    Index channels_ = 0;            ///< of images, while learning
    Index rows_ = 0;                ///< of a weight above 0
    double weight_ = 0;             ///< of all of them
    bool finished_ = false;
    std::vector<Index> kept_columns_;
    std::vector<double> means_;
    std::vector<double> scales_;
    bool identity_ = false;
};

}  // namespace sketchntk
