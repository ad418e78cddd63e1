#pragma once

#include <sketchntk/sketches/poly_sketch.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace sketchntk::sketches {

/// A sketch z of all terms of a polynomial of the inner product with coefficients
/// b_0, ..., b_q >= 0 (Zandieh et al. 2021, section 4, practical form):
///
///     E <z(x), z(y)> = b_0 + b_1 <x, y> + ... + b_q <x, y>^q.
///
/// The constant is exact: sqrt(b_0) is the first output if b_0 > 0. The other outputs are the
/// blocks sqrt(b_j) U_{q-j}(x) of the family of one PolySketch whose members have as many outputs
/// as its nodes (`PolySketchOptions::node_width`, by default that of a PolySketch to these
/// outputs); the linear term is the row itself where that is shorter. If the blocks are together
/// longer than the room that is left, an SRHT compresses them (Fourier form, with balanced
/// sampling: see `TensorSrht`); otherwise zeros fill the rest.
///
/// Terms with b_j = 0 cost nothing but for the tree to the highest degree. Cost of a row: q times
/// 1 + ceil(log2 q) nodes of the tree at most, and one Fourier transform of all blocks.
class PolynomialSketch {
  public:
    class Plan;

    /// @param coefficients b_0, b_1, ...; zeros at the end are dropped
    /// @throws InvalidArgument for coefficients that are negative, not finite, all zero or of a
    ///   degree above 64; if there is no room for terms beside the constant; and as `PolySketch`.
    PolynomialSketch(Index inputs, Index outputs, std::vector<double> coefficients,
                     const PolySketchOptions& options, Seed seed);
    /// With the default options.
    PolynomialSketch(Index inputs, Index outputs, std::vector<double> coefficients, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] const std::vector<double>& coefficients() const { return coefficients_; }
    /// With the width and the kind of leaf that have been chosen.
    [[nodiscard]] const PolySketchOptions& options() const { return options_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Bytes of a plan.
    [[nodiscard]] std::int64_t bytes() const;
    /// Floating-point operations for `rows` dense rows, at most.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "polynomial_sketch", with the options `coefficients` (a list), `node_width` and `leaf`
    /// (automatic, srht, count_sketch).
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static PolynomialSketch from_description(const OperatorDescription& description);

    bool operator==(const PolynomialSketch&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    std::vector<double> coefficients_;
    PolySketchOptions options_;
    Seed seed_;
};

/// A PolynomialSketch, drawn; a handle, cheap to copy.
class PolynomialSketch::Plan {
  public:
    explicit Plan(const PolynomialSketch& distribution);

    [[nodiscard]] const PolynomialSketch& distribution() const { return distribution_; }

    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite (or columns of sparse rows not ascending), NumericalError if a result is not.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    struct Drawn;
    class Evaluation;

    template <typename Rows>
    void apply_to(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    PolynomialSketch distribution_;
    std::shared_ptr<const Drawn> drawn_;
};

/// A sketch of a polynomial as above times the inner product of second vectors, already sketched or
/// not:
///
///     E <z(x, v), z(x', v')> = (b_0 + b_1 <x, x'> + ... + b_q <x, x'>^q) <v, v'>,
///
/// one TensorSRHT (Fourier form, balanced sampling) of v and of [sqrt(b_0), sqrt(b_j) U_{q-j}(x)],
/// the constant and the blocks of a PolynomialSketch before compression. What a layer of an NTK
/// needs, where v sketches the layers below and the polynomial is a dual activation's derivative.
class PolynomialProductSketch {
  public:
    class Plan;

    /// @param factor length of v
    /// @throws InvalidArgument as PolynomialSketch, or unless factor is 1 to 2^24.
    PolynomialProductSketch(Index inputs, Index factor, Index outputs,
                            std::vector<double> coefficients, const PolySketchOptions& options,
                            Seed seed);
    /// With the default options.
    PolynomialProductSketch(Index inputs, Index factor, Index outputs,
                            std::vector<double> coefficients, Seed seed);

    /// Length of x.
    [[nodiscard]] Index input_dimension() const { return inputs_; }
    /// Length of v.
    [[nodiscard]] Index factor_dimension() const { return factor_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    [[nodiscard]] const std::vector<double>& coefficients() const { return coefficients_; }
    /// With the width and the kind of leaf that have been chosen.
    [[nodiscard]] const PolySketchOptions& options() const { return options_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Bytes of a plan.
    [[nodiscard]] std::int64_t bytes() const;
    /// Floating-point operations for `rows` pairs of dense rows, at most.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "polynomial_product_sketch", its inputs the length of x, with the options `factor`
    /// (length of v), `coefficients`, `node_width` and `leaf`.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static PolynomialProductSketch from_description(
        const OperatorDescription& description);

    bool operator==(const PolynomialProductSketch&) const = default;

  private:
    Index inputs_;
    Index factor_;
    Index outputs_;
    std::vector<double> coefficients_;
    PolySketchOptions options_;
    Seed seed_;
};

/// A PolynomialProductSketch, drawn; a handle, cheap to copy.
class PolynomialProductSketch::Plan {
  public:
    explicit Plan(const PolynomialProductSketch& distribution);

    [[nodiscard]] const PolynomialProductSketch& distribution() const { return distribution_; }

    /// out.row(i) = z(x.row(i), v.row(i)).
    /// @param x rows x input_dimension
    /// @param v rows x factor_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite (or columns of sparse rows not ascending), NumericalError if a result is not.
    void apply(MatrixView<const float> x, MatrixView<const float> v, MatrixView<float> out,
               const Execution& execution = {}) const;
    void apply(SparseRowsView x, MatrixView<const float> v, MatrixView<float> out,
               const Execution& execution = {}) const;

  private:
    struct Drawn;
    class Evaluation;

    template <typename Rows>
    void apply_to(const Rows& x, MatrixView<const float> v, MatrixView<float> out,
                  const Execution& execution) const;

    PolynomialProductSketch distribution_;
    std::shared_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk::sketches
