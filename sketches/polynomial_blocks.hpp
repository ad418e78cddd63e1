#pragma once

#include "sketches/poly_tree.hpp"

#include <sketchntk/sketches/poly_sketch.hpp>

#include <optional>
#include <vector>

namespace sketchntk::sketches {

/// The coefficients without zeros at the end.
/// @throws InvalidArgument if they are none, negative, not finite, all zero, or more than 65.
[[nodiscard]] std::vector<double> checked_coefficients(std::vector<double> coefficients);

/// Options of the family behind a sketch of a polynomial, with nothing left to choose.
[[nodiscard]] PolySketchOptions polynomial_options(Index inputs, Index outputs,
                                                   const std::vector<double>& coefficients,
                                                   const PolySketchOptions& options);

/// The terms of a polynomial from degree 1 on, as blocks of numbers side by side.
class PolynomialBlocks {
  public:
    class Plan;
    class Evaluation;

    /// @param coefficients as `checked_coefficients` gives them
    /// @param options as `polynomial_options` gives them
    PolynomialBlocks(Index inputs, const std::vector<double>& coefficients,
                     const PolySketchOptions& options, Seed seed);

    /// Numbers of all blocks together.
    [[nodiscard]] Index size() const;
    [[nodiscard]] std::int64_t bytes() const;
    [[nodiscard]] double flops() const;

  private:
    struct Block {
        float scale;
        Index columns;
    };

    /// Missing where there is nothing but a constant.
    std::optional<PolySketch> family_;
    std::vector<Index> degrees_;
    std::vector<Block> blocks_;
};

/// Whether the polynomial of a sketch has a constant, which is kept exactly beside the blocks.
template <typename Sketch>
[[nodiscard]] bool has_constant(const Sketch& sketch) {
    return sketch.coefficients().front() > 0;
}

/// The blocks of a polynomial sketch, drawn from child 0 of its seed.
template <typename Sketch>
[[nodiscard]] PolynomialBlocks blocks_of(const Sketch& sketch) {
    return {sketch.input_dimension(), sketch.coefficients(), sketch.options(),
            sketch.seed().child(0)};
}

class PolynomialBlocks::Plan {
  public:
    explicit Plan(const PolynomialBlocks& blocks);

  private:
    friend class Evaluation;

    PolynomialBlocks blocks_;
    std::optional<PolyTree> tree_;
};

/// One thread's work, `row_lanes` rows at a time.
class PolynomialBlocks::Evaluation {
  public:
    explicit Evaluation(const Plan& plan);

    /// All blocks, times the roots of their coefficients, to rows x size().
    template <typename Rows>
    void evaluate(const Rows& rows, MatrixView<float> out);

  private:
    const PolynomialBlocks& blocks_;
    std::optional<PolyTree::Evaluation> tree_;
    Matrix<float> members_;
};

}  // namespace sketchntk::sketches
