#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// f(t) = sum of g_l p_l(t) over the even or the odd degrees, p_l the orthonormal Gegenbauer
/// polynomials: in float32, at many points.
///
/// Degrees of one parity obey a three-term recurrence of their own in t^2, so that a degree costs
/// half a step: with monic polynomials in s = t^2, m_{k+1} = (s - shift_k) m_k - product_k m_{k-1},
/// shift_k = a_l^2 + a_{l+1}^2 and product_k = (a_{l-1} a_l)^2 for l = 2 k + parity. Summed from
/// the highest degree down (Clenshaw), which is stable.
class ParityPolynomial {
  public:
    /// @param weights g_0, g_1, ...; those of the other parity are passed over
    ParityPolynomial(std::span<const double> recurrence, std::span<const double> weights, bool odd);

    /// out[k] = scale f(t[k])
    void evaluate(std::span<const float> t, float scale, std::span<float> out) const;

  private:
    bool odd_;
    std::vector<float> gains_;
    std::vector<float> shifts_;
    std::vector<float> products_;
};

}  // namespace sketchntk
