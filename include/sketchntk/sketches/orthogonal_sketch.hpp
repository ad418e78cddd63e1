#pragma once

#include <sketchntk/sketches/operator.hpp>

#include <memory>

namespace sketchntk::sketches {

class DensePlan;

/// The orthogonal sketch S (outputs x inputs): its rows are sqrt(inputs / outputs) times those of
/// independent Haar-distributed orthogonal matrices of inputs x inputs, one below the other, the
/// last one cut to the rows that are still wanted; E <S x, S y> = <x, y>. Where outputs is a
/// multiple of inputs it keeps all inner products exactly.
///
/// With chi norms each row is multiplied by an independent chi_d / sqrt(d), d = inputs, so that
/// every single row is exactly that of a `GaussianSketch` while rows of one block stay orthogonal:
/// orthogonal random features (Yu et al. 2016, section 3).
///
/// Block k is Q of the QR factorisation, with a positive diagonal of R (Mezzadri 2007), in float64
/// of a matrix of normal numbers: its column i is row k * inputs + i of operator 18 of the seed's
/// stream. The norm of output i is that of row i of operator 19. The factorisation rounds as the
/// machine's matrix product does: entries agree between machines to float32 rounding.
class OrthogonalSketch {
  public:
    class Plan;

    /// @throws InvalidArgument unless inputs and outputs are from 1 to 2^30 and together at most
    ///   2^40 entries.
    OrthogonalSketch(Index inputs, Index outputs, bool chi_norms, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] bool chi_norms() const { return chi_norms_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// The matrix as float32. Drawing it takes up to 24 inputs * min(inputs, outputs) bytes more on
    /// each thread.
    [[nodiscard]] std::int64_t bytes() const;
    /// 2 rows * inputs * outputs; drawing it takes about 4 inputs * outputs * min(inputs, outputs).
    [[nodiscard]] double flops(Index rows) const;

    /// Named "orthogonal", with the option `chi_norms` = no | yes.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static OrthogonalSketch from_description(const OperatorDescription& description);

    /// Writes block(a, b) = S(first_output + b, first_input + a), on the calling thread. Makes
    /// every orthogonal matrix that the outputs touch, for about 4 inputs^2 flops an output of it.
    /// @throws InvalidArgument if the block does not lie inside the operator, ResourceError if an
    ///   orthogonal matrix does not fit into the memory.
    void fill(Index first_input, Index first_output, MatrixView<float> block) const;

    /// With d inputs, m outputs, r = m mod d,
    ///
    ///     Var <S x, S y> = d r (d - r) / (m^2 (d - 1) (d + 2)) (|x|^2 |y|^2 + (1 - 2 / d) <x,
    ///     y>^2)
    ///                      [+ 2 / (m (d + 2)) (|x|^2 |y|^2 + 2 <x, y>^2) with chi norms].
    ///
    /// The first part is that of the cut block, (d / m)^2 times the variance of x^T P y for a
    /// projection P on r uniformly random dimensions (its fourth moments follow from invariance,
    /// tr P = tr P^2 = r); whole blocks have none. The second comes from Var chi_d^2 / d = 2 / d
    /// and E <q, x>^2 <q, y>^2 = (|x|^2 |y|^2 + 2 <x, y>^2) / (d (d + 2)) for a unit vector q.
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const OrthogonalSketch&) const = default;

  private:
    /// What outputs start, ..., of one orthogonal matrix, are in the block.
    void fill_from_block(Index start, Index first_input, Index first_output,
                         MatrixView<float> block) const;

    Index inputs_;
    Index outputs_;
    bool chi_norms_;
    Seed seed_;
};

/// A handle to the matrix, cheap to copy; it is drawn, on the threads of `execution`, when rows
/// first come.
class OrthogonalSketch::Plan {
  public:
    explicit Plan(const OrthogonalSketch& distribution);

    [[nodiscard]] const OrthogonalSketch& distribution() const { return distribution_; }

    /// The matrix product out = x S^T, in float32.
    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite, ResourceError if the matrix does not fit into the memory.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    /// With the drawn matrix: 2 outputs flops a nonzero.
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    OrthogonalSketch distribution_;
    std::shared_ptr<const DensePlan> matrix_;
};

}  // namespace sketchntk::sketches
