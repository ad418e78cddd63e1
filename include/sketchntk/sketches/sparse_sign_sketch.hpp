#pragma once

#include <sketchntk/sketches/operator.hpp>

namespace sketchntk::sketches {

/// The sparse sign embedding S (outputs x inputs), OSNAP: every column has s = `nonzeros` entries
/// +-1 / sqrt(s), one at an independent uniform place in each of s contiguous blocks of outputs,
/// block k being the outputs [k m / s, (k + 1) m / s) rounded down (the block construction of Kane
/// and Nelson 2014; embeddings by Nelson and Nguyen 2013). E <S x, S y> = <x, y>.
///
/// Between a `CountSketch` (s = 1) and a `RademacherSketch` (s = outputs): a row costs s times its
/// nonzeros, and a subspace of k dimensions needs outputs proportional to k log k instead of k^2.
/// s = 8 does for most purposes (Tropp et al. 2019, section 3.3).
///
/// The entries of column j are words 4 j, ..., 4 j + 3 of rows 0, 1, ... of operator 26 of the
/// seed's stream (with one or two entries, words j or 2 j and 2 j + 1): multiplied into {0, ..., 2
/// * size of the block - 1} with rejection (Lemire 2019), half of it the place, its remainder the
/// sign.
class SparseSignSketch {
  public:
    class Plan;

    /// @throws InvalidArgument unless 1 <= inputs <= 2^40, 1 <= outputs <= 2^30 and
    ///   1 <= nonzeros <= min(outputs, 64).
    SparseSignSketch(Index inputs, Index outputs, Index nonzeros, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    /// Entries of each column.
    [[nodiscard]] Index nonzeros() const { return nonzeros_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// None: columns are hashed when they are met.
    [[nodiscard]] std::int64_t bytes() const { return 0; }
    /// 2 rows * inputs * nonzeros; sparse rows take 2 * nonzeros flops for each of theirs.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "sparse_sign", with the option `nonzeros`: 1 to min(outputs, 64), by default 8, or all
    /// outputs if they are fewer.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static SparseSignSketch from_description(const OperatorDescription& description);

    /// Writes block(a, b) = S(first_output + b, first_input + a), on the calling thread.
    /// @throws InvalidArgument if the block does not lie inside the operator.
    void fill(Index first_input, Index first_output, MatrixView<float> block) const;

    /// Var <S x, S y> = (|x|^2 |y|^2 + <x, y>^2 - 2 sum_p x_p^2 y_p^2) sum_k 1 / (s^2 m_k), where
    /// m_k is the number of outputs in block k: divided by `outputs` if the blocks are equal.
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const SparseSignSketch&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Index nonzeros_;
    Seed seed_;
};

/// Holds nothing but the distribution.
class SparseSignSketch::Plan {
  public:
    explicit Plan(const SparseSignSketch& distribution) : distribution_(distribution) {}

    [[nodiscard]] const SparseSignSketch& distribution() const { return distribution_; }

    /// Sums run in the order of the columns, in float32.
    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    /// The same in time proportional to s * nonzeros + rows * outputs, with memory for a few rows.
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    SparseSignSketch distribution_;
};

}  // namespace sketchntk::sketches
