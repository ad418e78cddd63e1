#pragma once

#include <sketchntk/sketches/operator.hpp>

#include <memory>

namespace sketchntk::sketches {

/// Structured stand-ins for Gaussian directions, at O(log n) operations each (Yu, Suresh,
/// Choromanski, Holtmann-Rice and Kumar 2016; Andoni et al. 2015): independent blocks of n rows
///
///     Q = H D1 H D2 H D3 / n^(3/2),
///
/// x padded with zeros to n, the next power of two; D1, D2, D3 random signs; H the Walsh-Hadamard
/// matrix. Q is orthogonal. Three rounds spread any x so far that <q_i, x> is close to normal,
/// which is what random features need; for inner products alone one round does (`Srht`). The blocks
/// of S x = sqrt(n / m) Q x follow each other, the last one cut to its first rows.
///
/// A row of S has length sqrt(n / m) in the padded space: `unit_scale()` S x are products with unit
/// vectors, and sqrt(m) S x with vectors as long as Gaussian ones are on average. With `chi_norms`
/// each row is multiplied by an independent chi_n / sqrt(n), so that lengths are distributed as
/// those of Gaussian vectors, too.
class HadamardDirections {
  public:
    class Plan;

    /// @throws InvalidArgument unless inputs is from 1 to 2^24, outputs from 1 to 2^30 and their
    ///   product at most 2^40.
    HadamardDirections(Index inputs, Index outputs, bool chi_norms, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    /// n, the length of the padded row.
    [[nodiscard]] Index padded_dimension() const;
    /// sqrt(m / n): what makes unit vectors of the rows, without chi_norms.
    [[nodiscard]] float unit_scale() const;
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Three signs for each of n entries of each block, and the lengths.
    [[nodiscard]] std::int64_t bytes() const;
    /// 3 n (log2 n + 1) for each block and row.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "hadamard_directions", with the option `chi_norms`: no or yes.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static HadamardDirections from_description(
        const OperatorDescription& description);

    bool operator==(const HadamardDirections&) const = default;

  private:
    [[nodiscard]] Index blocks() const;

    Index inputs_;
    Index outputs_;
    bool chi_norms_;
    Seed seed_;
};

/// Signs and lengths, drawn; a handle, cheap to copy.
class HadamardDirections::Plan {
  public:
    explicit Plan(const HadamardDirections& distribution);

    [[nodiscard]] const HadamardDirections& distribution() const { return distribution_; }

    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;

  private:
    struct Drawn;

    HadamardDirections distribution_;
    std::shared_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk::sketches
