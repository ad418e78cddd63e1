#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <cstdint>

namespace sketchntk::sketches {

/// Independent directions uniform on the unit sphere, the rows of a dense operator W
/// (directions x dimension): E[W^T W] = directions / dimension * I.
///
/// A direction is a row of independent standard normal numbers divided by its length. For a
/// function homogeneous of degree 0 or 1, directions give the same mean as Gaussian rows (up to a
/// factor) and no more variance, since the length carries no information.
class SphericalDirections {
  public:
    /// @throws InvalidArgument unless directions and dimension are at least 1 and together at most
    ///         2^40 entries.
    SphericalDirections(Index directions, Index dimension, Seed seed);

    [[nodiscard]] Index input_dimension() const { return dimension_; }
    [[nodiscard]] Index output_dimension() const { return directions_; }
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Bytes of all directions as float32.
    [[nodiscard]] std::int64_t bytes() const;
    /// Of the product with `rows` rows.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "spherical_directions", without options.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static SphericalDirections from_description(
        const OperatorDescription& description);

    /// Writes directions first_direction, ..., first_direction + out.rows() - 1 into the rows of
    /// `out` (columns: dimension). Any block gives the same entries as the whole. About 3 ns an
    /// entry, on the calling thread.
    /// @throws DimensionMismatch if out has another number of columns.
    /// @throws InvalidArgument if a row of out would lie past the last direction.
    void fill(Index first_direction, MatrixView<float> out) const;

    bool operator==(const SphericalDirections&) const = default;

  private:
    Index directions_;
    Index dimension_;
    Seed seed_;
};

}  // namespace sketchntk::sketches
