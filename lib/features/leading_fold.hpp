#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <functional>
#include <span>
#include <vector>

namespace sketchntk {

/// What brings the leading directions of a patch x to the features psi of a pixel, in place of
/// random signs S:
///
///     psi = S x + (Q - S U) U^T x,    U^T x = sum_a M_a^T E^T x_a,
///
/// x_a being what one pixel of the patch has, E a basis of the leading directions of pixels, and
/// the columns of U = [E M_a]_a the leading principal components of patches. Q gives each component
/// coordinates of its own, in proportion to its share of |x|^2, with equal entries; they come in
/// pairs (p, p + psi/2), which a gate and its negative share out. So <psi, psi'> has the mean of
/// <x, x'>, and what leads it, nearly the same for all patches, takes no part in the cross terms
/// of random signs, and meets as many gates as it is worth. Not taken from a paper.
///
/// Cost: 2 r (columns of a pixel + window k) flops for a pixel that enters, 2 k dim psi for one
/// that leaves, with r columns of E and k components.
class LeadingFold {
  public:
    /// @param window pixels of a patch
    /// @param pixel_columns numbers that one of them has
    /// @param psi the dimension wanted
    /// @param most components, and columns of E, at most; 0: nothing is treated apart
    LeadingFold(Index window, Index pixel_columns, Index psi, Index most);

    [[nodiscard]] bool learns() const { return most_components() > 0; }
    [[nodiscard]] bool ready() const { return !learns() || learnt_; }
    [[nodiscard]] Index sample_columns() const { return window_ * pixel_columns_; }
    [[nodiscard]] Index wanted_samples() const;
    /// Samples, and their coordinates.
    [[nodiscard]] Index learning_floats() const;

    static constexpr std::size_t learnt_matrices = 3;
    /// E; M_a, side by side; pairs of coordinates of each component. All without entries where the
    /// samples are zero.
    [[nodiscard]] std::vector<Matrix<float>> learn(const Matrix<float>& samples,
                                                   const Execution& execution) const;
    /// @throws DimensionMismatch if the shapes do not fit.
    void set_learnt(std::span<const Matrix<float>> learnt);

    /// @param signs writes S x for a patch, given one pixel a row
    void draw(const std::function<void(const Matrix<float>& x, std::span<float> psi)>& signs);

    /// Columns of E, and components; 0 before they are learnt.
    [[nodiscard]] Index basis_size() const { return basis_.columns(); }
    [[nodiscard]] Index components() const { return pairs_.columns(); }
    [[nodiscard]] Index most_basis() const;
    [[nodiscard]] Index most_components() const;

    /// What each pixel adds to the components of the patches in which it stands: for offset a, the
    /// columns from a k on.
    /// @param left, right what the pixels have, side by side
    /// @param room rows x basis_size()
    void project(MatrixView<const float> left, MatrixView<const float> right,
                 MatrixView<float> room, MatrixView<float> out) const;
    /// psi += scale (Q - S U) U^T x for rows of components U^T x.
    void add(MatrixView<const float> components, float scale, MatrixView<float> psi) const;

    /// A pixel that enters, and one that leaves.
    [[nodiscard]] double flops_entering() const;
    [[nodiscard]] double flops_leaving() const;
    [[nodiscard]] Index shared_floats() const;

  private:
    void write_coordinates();

    Index window_;
    Index pixel_columns_;
    Index psi_;
    Index most_;
    bool learnt_ = false;
    Matrix<float> basis_;     ///< E
    Matrix<float> combined_;  ///< [M_a]_a
    Matrix<float> pairs_;     ///< 1 x k
    Matrix<float> targets_;   ///< Q - S U
};

}  // namespace sketchntk
