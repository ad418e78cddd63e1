#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/features/direction_law.hpp>
#include <sketchntk/sketches/hadamard_directions.hpp>

#include <optional>
#include <variant>

namespace sketchntk {

/// Whether directions have one length, or each the length of a Gaussian vector.
enum class DirectionLengths { equal, gaussian };

/// Unit vectors, the rows of count x dimension numbers; count may be 0.
/// @param law sphere, antithetic or orthogonal: one of directions that have a matrix and one length
[[nodiscard]] Matrix<float> unit_directions(DirectionLaw law, Index count, Index dimension,
                                            Seed seed);

/// The laws by which `count` directions v_k in `dimension` dimensions are drawn, and the products
/// <v_k, x> of rows with them, scaled so that E <v_k, x>^2 = |x|^2: directions of fixed length have
/// length sqrt(dimension).
class RandomDirections {
  public:
    /// @param count, dimension at least 1
    /// @param lengths gaussian with the laws automatic, orthogonal and hadamard only
    RandomDirections(DirectionLaw law, Index count, Index dimension, Seed seed,
                     DirectionLengths lengths = DirectionLengths::equal);

    [[nodiscard]] Index count() const { return count_; }
    [[nodiscard]] Index dimension() const { return dimension_; }
    /// Bytes of what is drawn.
    [[nodiscard]] std::int64_t bytes() const;
    /// Of the products of one row.
    [[nodiscard]] double flops_per_row() const;

    class Drawn;

  private:
    [[nodiscard]] bool gaussian_lengths() const { return lengths_ == DirectionLengths::gaussian; }
    [[nodiscard]] sketches::HadamardDirections structured() const {
        return {dimension_, count_, gaussian_lengths(), seed_};
    }
    [[nodiscard]] Matrix<float> rows() const;

    DirectionLaw law_;
    Index count_;
    Index dimension_;
    Seed seed_;
    DirectionLengths lengths_;
};

class RandomDirections::Drawn {
  public:
    explicit Drawn(const RandomDirections& directions);

    /// out(i, k) = <v_k, x_i>, on the calling thread.
    /// @param x rows x dimension; a whole tile of `row_tile` rows, so that each row has the same
    ///   bits wherever it stands
    /// @param out rows x count
    void multiply(MatrixView<const float> x, MatrixView<float> out) const;

  private:
    std::variant<Matrix<float>, sketches::HadamardDirections::Plan> drawn_;
    float scale_ = 1;  ///< of structured directions
};

}  // namespace sketchntk
