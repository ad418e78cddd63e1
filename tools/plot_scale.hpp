#pragma once

#include <span>
#include <string>
#include <vector>

namespace sketchntk::tools {

/// The vertical axis of a plot: which numbers lie where, and which of them are named.
class PlotScale {
  public:
    /// @param values that must lie within; they are finite, and positive if `logarithmic`
    PlotScale(const std::vector<double>& values, bool logarithmic);

    /// 0 at the lower end of the axis, 1 at the upper.
    [[nodiscard]] double position(double value) const;
    /// Round numbers within the axis, ascending.
    [[nodiscard]] std::vector<double> ticks() const;

  private:
    [[nodiscard]] double transformed(double value) const;
    [[nodiscard]] std::vector<double> linear_ticks() const;
    [[nodiscard]] std::vector<double> logarithmic_ticks() const;
    [[nodiscard]] std::vector<double> ticks_of(std::span<const double> factors) const;

    bool logarithmic_;
    double low_ = 0;
    double high_ = 1;
};

/// A number as an axis names it, at most four significant digits.
[[nodiscard]] std::string tick_text(double value);

}  // namespace sketchntk::tools
