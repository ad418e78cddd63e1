#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// The inverses of P_i = F F^T + shift_i I for a float32 factor F, n x r, as preconditioners of
/// K + shift_i I where F F^T is a Nystrom approximation of K (Diaz, Epperly, Frangella, Tropp and
/// Webber 2023, section 2). By Woodbury's formula
///
///     P_i^-1 v = (v - F C_i^-1 F^T v) / shift_i,   C_i = F^T F + shift_i I,
///
/// with F^T F summed in float64, where the cancellation of large eigenvalues needs it. Since
/// K - F F^T is positive semidefinite, the eigenvalues of P_i^-1 (K + shift_i I) lie between 1 and
/// 1 + |K - F F^T| / shift_i.
class NystromPreconditioner {
  public:
    /// Cost: n r^2 flops and r^3 / 3 for each shift.
    /// @throws NumericalError if F^T F + shift is not positive definite in float64.
    NystromPreconditioner(Matrix<float> factor, std::span<const double> shifts,
                          const Execution& execution);

    /// Row v of the result is P_i^-1 times row v of `vectors`, i = shift_of[v]; 4 n r flops each.
    [[nodiscard]] Matrix<double> apply(const Matrix<double>& vectors,
                                       std::span<const Index> shift_of,
                                       const Execution& execution) const;

    [[nodiscard]] Index rank() const { return factor_.columns(); }

    /// Memory in bytes, with that of `apply` to so many vectors.
    [[nodiscard]] static Index bytes(Index size, Index rank, Index shifts, Index vectors);

  private:
    Matrix<float> factor_;
    std::vector<double> shifts_;
    std::vector<Matrix<double>> cholesky_;  ///< lower, for each shift
};

}  // namespace sketchntk
