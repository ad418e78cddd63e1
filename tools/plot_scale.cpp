#include "plot_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace sketchntk::tools {

namespace {

constexpr double margin = 0.06;  // of the axis, above and below the values
constexpr double wanted_ticks = 6;
constexpr std::array round_factors{1.0, 2.0, 5.0, 10.0};
constexpr std::array coarse_factors{1.0, 2.0, 5.0};
constexpr std::array fine_factors{1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0};

}  // namespace

PlotScale::PlotScale(const std::vector<double>& values, bool logarithmic)
    : logarithmic_(logarithmic) {
    if (values.empty()) return;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    low_ = transformed(*least);
    high_ = transformed(*most);
    // One value has an axis, too.
    const double smallest_span = logarithmic_ ? 0.1 : 0.02 * std::max(std::abs(high_), 1e-12);
    const double missing = std::max(0.0, smallest_span - (high_ - low_));
    const double added = margin * (high_ - low_) + missing / 2;
    low_ -= added;
    high_ += added;
}

double PlotScale::transformed(double value) const {
    return logarithmic_ ? std::log10(value) : value;
}

double PlotScale::position(double value) const {
    return (transformed(value) - low_) / (high_ - low_);
}

std::vector<double> PlotScale::ticks() const {
    return logarithmic_ ? logarithmic_ticks() : linear_ticks();
}

std::vector<double> PlotScale::linear_ticks() const {
    const double raw = (high_ - low_) / wanted_ticks;
    const double decade = std::pow(10, std::floor(std::log10(raw)));
    double step = 10 * decade;
    for (const double factor : round_factors)
        if (factor * decade >= raw) {
            step = factor * decade;
            break;
        }
    std::vector<double> ticks;
    for (double k = std::ceil(low_ / step); k * step <= high_; ++k) ticks.push_back(k * step);
    return ticks;
}

std::vector<double> PlotScale::logarithmic_ticks() const {
    std::vector<double> ticks = ticks_of(coarse_factors);
    // Less than a decade holds too few of them.
    if (ticks.size() < 4) ticks = ticks_of(fine_factors);
    if (ticks.size() < 2)
        ticks = {std::pow(10, low_ + 0.1 * (high_ - low_)),
                 std::pow(10, low_ + 0.9 * (high_ - low_))};
    return ticks;
}

std::vector<double> PlotScale::ticks_of(std::span<const double> factors) const {
    std::vector<double> ticks;
    for (double exponent = std::floor(low_); exponent <= high_; ++exponent)
        for (const double factor : factors) {
            const double tick = factor * std::pow(10, exponent);
            if (std::log10(tick) >= low_ && std::log10(tick) <= high_) ticks.push_back(tick);
        }
    return ticks;
}

std::string tick_text(double value) {
    std::array<char, 32> buffer{};
    if (std::abs(value) < 1e-12) value = 0;
    std::snprintf(buffer.data(), buffer.size(), "%.4g", value);
    return buffer.data();
}

}  // namespace sketchntk::tools
