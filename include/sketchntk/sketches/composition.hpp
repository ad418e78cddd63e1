#pragma once

#include <sketchntk/sketches/any_sketch.hpp>

namespace sketchntk::sketches {

/// One sketch after another: S x = S_2 (S_1 x). With a linear S_2 (a Johnson-Lindenstrauss map such
/// as `FourierSrht`) it compresses the result of S_1: still unbiased for what S_1 is unbiased for,
/// E <S x, S y> = E <S_1 x, S_1 y>, if the seeds are independent. With a polynomial S_2 it
/// approximates a power of it only as far as S_1 is exact.
class Composition {
  public:
    class Plan;

    /// @throws DimensionMismatch unless the output dimension of `first` is the input dimension of
    ///   `second`.
    Composition(AnySketch first, AnySketch second);

    [[nodiscard]] const AnySketch& first() const { return first_; }
    [[nodiscard]] const AnySketch& second() const { return second_; }

    [[nodiscard]] Index input_dimension() const { return first_.input_dimension(); }
    [[nodiscard]] Index output_dimension() const { return second_.output_dimension(); }
    /// The seed of the first one.
    [[nodiscard]] Seed seed() const { return first_.seed(); }
    /// Both, and the rows between them that are held at once.
    [[nodiscard]] std::int64_t bytes() const;
    [[nodiscard]] double flops(Index rows) const;

    /// Named "composition", with the list of operators `parts`: first, second.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument, DimensionMismatch as the constructor, or if it describes another
    ///   operator or another shape than that of the parts.
    [[nodiscard]] static Composition from_description(const OperatorDescription& description);

    bool operator==(const Composition&) const = default;

  private:
    AnySketch first_;
    AnySketch second_;
};

/// Both sketches, drawn.
class Composition::Plan {
  public:
    explicit Plan(const Composition& distribution);

    [[nodiscard]] const Composition& distribution() const { return distribution_; }

    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    template <typename Rows>
    void apply_both(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    Composition distribution_;
    AnySketch::Plan first_;
    AnySketch::Plan second_;
};

/// Compresses the result of a sketch to `outputs` numbers by a `FourierSrht` of an independent seed
/// (`sketch.seed().child(2^32 - 1)`); the sketch itself if it has not more.
[[nodiscard]] AnySketch compress(const AnySketch& sketch, Index outputs);

}  // namespace sketchntk::sketches
