#pragma once

#include <sketchntk/sketches/operator.hpp>

#include <memory>

namespace sketchntk::sketches {

class DensePlan;

/// The Gaussian sketch S (outputs x inputs): independent entries of mean 0 and variance 1 /
/// outputs, so that E <S x, S y> = <x, y>. The reference among the Johnson-Lindenstrauss maps: with
/// m outputs the singular values of S U, for U with k orthonormal columns, lie within 1 +- (sqrt(k
/// / m) + t) with probability at least 1 - 2 exp(-m t^2 / 2) (Davidson and Szarek 2001, theorem
/// II.13).
///
/// Entry (i, j) of S is 1 / sqrt(outputs) times normal number i of row j of operator 16 of the
/// seed's stream.
class GaussianSketch {
  public:
    class Plan;

    /// @throws InvalidArgument unless inputs and outputs are from 1 to 2^30 and together at most
    ///   2^40 entries.
    GaussianSketch(Index inputs, Index outputs, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// The matrix as float32, which dense rows need; sparse rows need none of it.
    [[nodiscard]] std::int64_t bytes() const;
    /// 2 rows * inputs * outputs.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "gaussian", without options.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static GaussianSketch from_description(const OperatorDescription& description);

    /// Writes block(a, b) = S(first_output + b, first_input + a). About
    /// 1 ns an entry, on the calling thread.
    /// @throws InvalidArgument if the block does not lie inside the operator.
    void fill(Index first_input, Index first_output, MatrixView<float> block) const;

    /// Var <S x, S y> = (|x|^2 |y|^2 + <x, y>^2) / outputs.
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const GaussianSketch&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Seed seed_;
};

/// A handle to the matrix, cheap to copy; it is drawn, on the threads of `execution`, when dense
/// rows first come.
class GaussianSketch::Plan {
  public:
    explicit Plan(const GaussianSketch& distribution);

    [[nodiscard]] const GaussianSketch& distribution() const { return distribution_; }

    /// The matrix product out = x S^T, in float32.
    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite, ResourceError if the matrix does not fit into the memory.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    /// Never draws all of S: the columns of it that a tile of up to 256 rows touches are drawn for
    /// each tile again, for outputs * (touched columns + nonzeros) steps.
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    GaussianSketch distribution_;
    std::shared_ptr<const DensePlan> matrix_;
};

}  // namespace sketchntk::sketches
