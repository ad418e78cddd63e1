#pragma once

#include <sketchntk/sketches/operator.hpp>

#include <memory>

namespace sketchntk::sketches {

/// The subsampled randomised Hadamard transform (Ailon and Chazelle 2006; Tropp 2011):
///
///     S x = sqrt(1 / m) P H D x,
///
/// x padded with zeros to n entries, the next power of two; D random signs; H the Walsh-Hadamard
/// matrix of entries +1 and -1; P the choice of m of the n rows, without replacement. At m = n it
/// keeps all inner products exactly. A Gaussian sketch's quality for n log2 n additions a row, even
/// if x has few nonzero entries.
class Srht {
  public:
    class Plan;

    /// @throws InvalidArgument unless inputs is from 1 to 2^24 and outputs from 1 to the next power
    ///   of two.
    Srht(Index inputs, Index outputs, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    /// n, the length of the padded row.
    [[nodiscard]] Index padded_dimension() const;
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Signs and chosen rows.
    [[nodiscard]] std::int64_t bytes() const;
    /// n log2 n + inputs + outputs for each row.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "srht", without options.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static Srht from_description(const OperatorDescription& description);

    /// Var <S x, S y> = (n - m) / (m (n - 1)) (|x|^2 |y|^2 + <x, y>^2 - 2 sum_p x_p^2 y_p^2): that
    /// of random signs, for a sample without replacement out of n numbers whose mean is <x, y> for
    /// every D.
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const Srht&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Seed seed_;
};

/// Signs and rows, drawn; a handle, cheap to copy.
class Srht::Plan {
  public:
    explicit Plan(const Srht& distribution);

    [[nodiscard]] const Srht& distribution() const { return distribution_; }

    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    /// The same; rows are padded one by one, the transform costs what it costs for a dense row.
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    struct Drawn;
    template <typename Rows>
    void apply_rows(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    Srht distribution_;
    std::shared_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk::sketches
