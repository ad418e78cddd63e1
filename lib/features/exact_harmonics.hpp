#pragma once

#include "features/parity_polynomial.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

namespace sketchntk {

/// All harmonics of one degree: alpha_l features of unit vectors with <z(x), z(y)> = c_l P_l(<x,
/// y>).
///
/// Functions P_l(<v_k, .>) at alpha_l points in general position are a basis of the harmonics, and
/// G_jk = P_l(<v_j, v_k>) is their Gram matrix in the space with kernel P_l: features are sqrt(c_l)
/// L^-1 [P_l(<v_k, x>)]_k with G = L L^T. The points are chosen greedily from random ones (Cholesky
/// with pivoting), which keeps L well conditioned.
class ExactHarmonics {
  public:
    /// @param recurrence `gegenbauer_recurrence` up to at least `degree`
    /// @param count alpha_l
    /// O(count^3) and 32 count^2 bytes while it is made.
    ExactHarmonics(Index dimension, Index degree, Index count, double coefficient,
                   std::span<const double> recurrence, Seed seed);

    [[nodiscard]] Index count() const { return points_.rows(); }

    /// @param x rows of unit length
    /// @param products, out x.rows() x count(); products is memory to work with
    void map(MatrixView<const float> x, MatrixView<float> products, MatrixView<float> out) const;

  private:
    Matrix<float> points_;    // count x dimension
    Matrix<float> combined_;  // sqrt(c_l / alpha_l) L^-1
    ParityPolynomial polynomial_;
};

}  // namespace sketchntk
