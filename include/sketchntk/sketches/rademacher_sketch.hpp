#pragma once

#include <sketchntk/sketches/operator.hpp>

#include <memory>

namespace sketchntk::sketches {

class DensePlan;

/// The Rademacher sketch S (outputs x inputs): independent entries +-1 / sqrt(outputs), so that
/// E <S x, S y> = <x, y> (Achlioptas 2003). Never a larger variance than a `GaussianSketch`, and
/// drawn ten times faster.
///
/// Entry (i, j) of S has sign number i of row j of operator 17 of the seed's stream.
class RademacherSketch {
  public:
    class Plan;

    /// @throws InvalidArgument unless inputs and outputs are from 1 to 2^30 and together at most
    ///   2^40 entries.
    RademacherSketch(Index inputs, Index outputs, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// The matrix as float32, which dense rows need; sparse rows need none of it.
    [[nodiscard]] std::int64_t bytes() const;
    /// 2 rows * inputs * outputs.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "rademacher", without options.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static RademacherSketch from_description(const OperatorDescription& description);

    /// Writes block(a, b) = S(first_output + b, first_input + a). On the
    /// calling thread.
    /// @throws InvalidArgument if the block does not lie inside the operator.
    void fill(Index first_input, Index first_output, MatrixView<float> block) const;

    /// Var <S x, S y> = (|x|^2 |y|^2 + <x, y>^2 - 2 sum_p x_p^2 y_p^2) / outputs.
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const RademacherSketch&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Seed seed_;
};

/// A handle to the matrix, cheap to copy; it is drawn, on the threads of `execution`, when dense
/// rows first come.
class RademacherSketch::Plan {
  public:
    explicit Plan(const RademacherSketch& distribution);

    [[nodiscard]] const RademacherSketch& distribution() const { return distribution_; }

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
    RademacherSketch distribution_;
    std::shared_ptr<const DensePlan> matrix_;
};

}  // namespace sketchntk::sketches
