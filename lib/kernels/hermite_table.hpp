#pragma once

#include <sketchntk/kernels/activation.hpp>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace sketchntk {

/// Jumps of s', s'' and s''' at 0, from the left to the right: s minus
///     k(x) = jump_1 x_+ + jump_2 x_+^2 / 2 + jump_3 x_+^3 / 6
/// is three times continuously differentiable. All are 0 for a smooth function.
using KinkAtZero = std::array<double, 3>;

/// What the dual of an activation s needs of one of two variances: with h_m the normalised Hermite
/// polynomials and z ~ N(0, 1),
///     mean = E[s(sqrt(p) z)],
///     slopes[m] = E[s'(sqrt(p) z) h_m(z)],
///     kink_mean = E[k(sqrt(p) z)],
///     kinks[m] = E[k'(sqrt(p) z) h_m(z)], empty for a smooth function.
struct HermiteCoefficients {
    double mean = 0;
    double kink_mean = 0;
    std::vector<double> slopes;
    std::vector<double> kinks;
};

/// Tables of Hermite coefficients over the variance: 16 Chebyshev nodes of sqrt(p) for each octave
/// of p, made when they are first needed by quadrature in one dimension, and interpolated by
/// polynomials. Which numbers come out for a variance depends on nothing else.
class HermiteTable {
  public:
    static constexpr std::size_t terms = 256;

    /// @param function smooth but for a kink at 0.
    HermiteTable(ScalarFunction function, const KinkAtZero& kink);
    ~HermiteTable();

    /// Cost: 16 multiply-adds a term; some milliseconds for the first variance of an octave.
    [[nodiscard]] HermiteCoefficients at(double variance) const;

    [[nodiscard]] const KinkAtZero& kink() const { return kink_; }
    [[nodiscard]] bool is_smooth() const { return kink_ == KinkAtZero{}; }
    /// Whether slopes of odd, or of even degree are zero for all variances, but for degree 0.
    [[nodiscard]] bool lacks_odd_degrees() const { return lacks_[1]; }
    [[nodiscard]] bool lacks_even_degrees() const { return lacks_[0]; }

  private:
    struct Octave;
    using Row = std::vector<double>;  // the slopes, then the mean

    [[nodiscard]] const Octave& octave(int number) const;
    [[nodiscard]] Row integrated(double deviation) const;
    void add_kink(double deviation, HermiteCoefficients& coefficients) const;

    ScalarFunction function_;
    KinkAtZero kink_;
    std::array<bool, 2> lacks_;
    mutable std::mutex mutex_;
    mutable std::map<int, std::unique_ptr<const Octave>> octaves_;
};

}  // namespace sketchntk
