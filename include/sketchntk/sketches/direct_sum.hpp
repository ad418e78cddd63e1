#pragma once

#include <sketchntk/sketches/any_sketch.hpp>

#include <vector>

namespace sketchntk::sketches {

/// Several sketches of the same row side by side: S x = (S_1 x, S_2 x, ...). Inner products add up,
///
///     <S x, S y> = <S_1 x, S_1 y> + <S_2 x, S_2 y> + ...,
///
/// so the sum approximates the sum of what the parts approximate: k linear parts give k <x, y>, and
/// polynomial sketches of several degrees the sum of the powers. The parts' seeds are what they
/// are: where they must be independent, take `Seed::child`.
class DirectSum {
  public:
    class Plan;

    /// @throws InvalidArgument without parts; DimensionMismatch if their input dimensions differ.
    explicit DirectSum(std::vector<AnySketch> parts);

    [[nodiscard]] const std::vector<AnySketch>& parts() const { return parts_; }

    [[nodiscard]] Index input_dimension() const { return parts_.front().input_dimension(); }
    /// The sum of those of the parts.
    [[nodiscard]] Index output_dimension() const;
    /// The seed of the first part.
    [[nodiscard]] Seed seed() const { return parts_.front().seed(); }
    [[nodiscard]] std::int64_t bytes() const;
    [[nodiscard]] double flops(Index rows) const;

    /// Named "direct_sum", with the list of operators `parts`.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument, DimensionMismatch as the constructor, or if it describes another
    ///   operator or another shape than that of the parts.
    [[nodiscard]] static DirectSum from_description(const OperatorDescription& description);

    bool operator==(const DirectSum&) const = default;

  private:
    std::vector<AnySketch> parts_;
};

/// All parts, drawn.
class DirectSum::Plan {
  public:
    explicit Plan(const DirectSum& distribution);

    [[nodiscard]] const DirectSum& distribution() const { return distribution_; }

    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    template <typename Rows>
    void apply_parts(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    DirectSum distribution_;
    std::vector<AnySketch::Plan> plans_;
};

}  // namespace sketchntk::sketches
