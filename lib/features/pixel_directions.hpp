#pragma once

#include "features/random_directions.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/features/direction_law.hpp>

#include <optional>

namespace sketchntk {

/// The random directions of an activation: those of its rectifiers, then those of its gates, drawn
/// together. By a law that is named they are as it says. By `automatic` they are pairs v, -v, of
/// which only products with v are computed, and what enters may have leading directions that are
/// treated apart: with an orthonormal basis U of k of these,
///
///     <v_j, z> = <h_j, z> + <b_j - U^T h_j, U^T z>,
///
/// h_j as long as Gaussian vectors are, orthogonal in blocks, or structured beyond 256 dimensions;
/// b_j in k dimensions, orthogonal in blocks of k. Both h_j and v_j are normal vectors, so that
/// means are those of independent normal directions; but within the k dimensions, which hold most
/// of what enters a hidden layer, the directions fall into complete orthogonal systems, and across
/// pairs sums that are linear in z have no error there but that of the lengths |b_j|. These are
/// drawn from the strata of their law: sorted samples, one from each group. (Orthogonal blocks: Yu
/// et al. 2016; that a subspace learnt from data gets its own is not taken from a paper.)
class PixelDirections {
  public:
    /// @param rectifiers, gates how many directions of each; at least one altogether
    /// @param most_leading bound on k; 0: leading directions are not treated apart
    PixelDirections(DirectionLaw law, Index most_leading, Index rectifiers, Index gates,
                    Index dimension, Seed seed);

    [[nodiscard]] bool paired() const { return paired_; }
    /// Products for each pixel, all and those of rectifiers, which stand first.
    [[nodiscard]] Index count() const { return rectifiers_ + gates_; }
    [[nodiscard]] Index rectifiers() const { return rectifiers_; }
    /// k; 0 where the directions are enough to fill all dimensions, and there is nothing to gain.
    [[nodiscard]] Index leading() const { return leading_; }

    /// @param basis U^T, k x dimension
    void draw(const Matrix<float>& basis);
    /// out(i, j) = <v_j, z_i>.
    /// @param coordinates room for rows x k
    void multiply(MatrixView<const float> z, MatrixView<float> coordinates,
                  MatrixView<float> out) const;

    [[nodiscard]] double flops_per_row() const;
    [[nodiscard]] Index shared_floats() const;

  private:
    [[nodiscard]] RandomDirections whole() const;
    [[nodiscard]] Matrix<float> leading_parts() const;

    bool paired_;
    DirectionLaw law_;
    Index rectifiers_;
    Index gates_;
    Index dimension_;
    Seed seed_;
    Index leading_;
    Matrix<float> basis_;       ///< U^T
    Matrix<float> correction_;  ///< b_j - U^T h_j, in the rows
    std::optional<RandomDirections::Drawn> drawn_;
};

}  // namespace sketchntk
