#pragma once

#include <sketchntk/sketches/operator.hpp>

namespace sketchntk::sketches {

/// The CountSketch S (outputs x inputs) of Charikar, Chen and Farach-Colton (2004): every input j
/// has one uniform output h(j) and one sign s_j,
///
///     (S x)_i = sum_{j: h(j) = i} s_j x_j,   E <S x, S y> = <x, y>,
///
/// with h and s fully independent from input to input. A row costs its nonzeros (and the zeroing of
/// `outputs` sums), whatever the number of inputs. It embeds a subspace of k dimensions with
/// distortion epsilon and probability 1 - delta if outputs >= k (k + 1) / (delta epsilon^2) (Nelson
/// and Nguyen 2013, theorem 3).
///
/// It is the `SparseSignSketch` with one entry a column: the same seed gives the same matrix.
class CountSketch {
  public:
    class Plan;

    /// @throws InvalidArgument unless 1 <= inputs <= 2^40 and 1 <= outputs <= 2^30.
    CountSketch(Index inputs, Index outputs, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// None: columns are hashed when they are met.
    [[nodiscard]] std::int64_t bytes() const { return 0; }
    /// 2 rows * inputs; sparse rows take 2 flops a nonzero.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "count_sketch", without options.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static CountSketch from_description(const OperatorDescription& description);

    /// Writes block(a, b) = S(first_output + b, first_input + a), on the calling thread.
    /// @throws InvalidArgument if the block does not lie inside the operator.
    void fill(Index first_input, Index first_output, MatrixView<float> block) const;

    /// Var <S x, S y> = (|x|^2 |y|^2 + <x, y>^2 - 2 sum_p x_p^2 y_p^2) / outputs.
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const CountSketch&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Seed seed_;
};

/// Holds nothing but the distribution.
class CountSketch::Plan {
  public:
    explicit Plan(const CountSketch& distribution) : distribution_(distribution) {}

    [[nodiscard]] const CountSketch& distribution() const { return distribution_; }

    /// Sums run in the order of the columns, in float32.
    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    /// The same in time proportional to nonzeros + rows * outputs, with memory for a few rows only.
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    CountSketch distribution_;
};

}  // namespace sketchntk::sketches
