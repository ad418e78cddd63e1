#pragma once

#include <string>
#include <vector>

namespace sketchntk::tools {

struct PlotPoint {
    double x = 0;
    double y = 0;
    double error = 0;  ///< half the length of the error bar; 0 for none
};

/// A line, drawn in the style that belongs to its name in the whole plot.
struct PlotSeries {
    std::string name;
    std::vector<PlotPoint> points;  ///< x ascending
};

/// A horizontal line.
struct PlotReference {
    std::string name;
    double y = 0;
    double error = 0;  ///< half the height of a band about it; 0 for none
};

/// Curves over one pair of axes: x with base 2 logarithms and the ticks that are given.
struct PlotPanel {
    std::string title;
    std::string x_label;
    bool logarithmic_y = false;   ///< where all y are positive; linear otherwise
    std::vector<double> x_ticks;  ///< whole numbers, ascending
    std::vector<PlotSeries> series;
    std::vector<PlotReference> references;
};

/// Panels side by side as an SVG file (W3C SVG 1.1, text as text), with a legend above them and
/// each curve named at its right end. Colours are those of Okabe and Ito (2008), which colour-blind
/// people can tell apart; marks and dashes repeat what they say. Points that are not finite are
/// left out.
[[nodiscard]] std::string plot_svg(const std::vector<PlotPanel>& panels);

}  // namespace sketchntk::tools
