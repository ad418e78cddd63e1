#pragma once

#include "kernels/rectifier_dual.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/network.hpp>

#include <vector>

namespace sketchntk {

/// The side of the square blocks in which kernel matrices are computed: a float32 block and the
/// rows it is made of fit into the second-level cache.
inline constexpr Index kernel_block = 256;

/// What the recursion over layers needs of each row on its own.
///
/// Dense layer l gives row x the variance q_l = Sigma_l(x, x) = A + b_l^2, where A is what comes
/// from the weights. The correlation of two rows after it is rho_l = p p' r + s s', with p = sqrt(A
/// / q_l), s = b_l / sqrt(q_l) and r the correlation before it; p^2 + s^2 = 1. A row without any
/// variance has p = s = 0.
template <typename T>
struct NormalisedRows {
    /// @param name of the rows in error messages
    NormalisedRows(const std::vector<Dense>& network, const std::vector<Rectifier>& rectifiers,
                   MatrixView<const T> x, const char* name);

    Index rows;
    Matrix<T> units;                    ///< padded rows x inputs, each row divided by its norm
    Matrix<T> weight_parts;             ///< p: dense layers x padded rows
    Matrix<T> bias_parts;               ///< s: dense layers x padded rows
    AlignedVector<T> deviations;        ///< sqrt(q_L), zero in the padding
    std::vector<double> nngp_diagonal;  ///< Sigma_L(x, x)
    std::vector<double> ntk_diagonal;   ///< Theta_L(x, x)

    /// Rows including the padding to whole blocks, whose rows are zero.
    [[nodiscard]] Index padded_rows() const { return units.rows(); }
};

}  // namespace sketchntk
