#pragma once

#include <sketchntk/core/matrix.hpp>

#include <span>

namespace sketchntk::sketches {

/// Fourth moments, over random signs D, of X = F D x and Y = F D y, F the Fourier transform of
/// length n (even). With h = n / 2, U_k = sum_p x_p^2 w^(2 k p), V_k the same of y, W_k =
/// sum_p x_p y_p w^(2 k p), w = exp(-2 pi i / n), pairing equal signs gives
///
///     E |X_k|^2 |Y_k|^2       = |x|^2 |y|^2 + <x, y>^2 + |W_k|^2 - 2 sum_p x_p^2 y_p^2,
///     Re E (conj(X_k) Y_k)^2  = 2 <x, y>^2 + Re(U_k conj(V_k))   - 2 sum_p x_p^2 y_p^2,
///     Re E (X_k Y_k)^2        = Re(U_k V_k + 2 W_k^2)            - 2 Re sum_p x_p^2 y_p^2 w^(4 k
///     p).
struct FourierMoments {
    double modulus;    ///< mean over all k of the first: P of `TensorSrht`
    double conjugate;  ///< mean over all k of the second: Q of `TensorSrht`
    double square;     ///< mean over all k of the third
    double real;       ///< E X_k^2 Y_k^2 for the two real frequencies, k = 0 and k = h
    double mixed;      ///< E X_0 Y_0 X_h Y_h
    double inner;      ///< <x, y>
};

/// x and y of equal length, at most n.
[[nodiscard]] FourierMoments fourier_moments(std::span<const float> x, std::span<const float> y,
                                             Index n);

}  // namespace sketchntk::sketches
