#include "plot_svg.hpp"

#include "catch2.hpp"
#include "plot_scale.hpp"
#include "temporary_path.hpp"
#include "xml.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace sketchntk::tools;
using namespace sketchntk_test;

namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

PlotPanel panel() {
    return {.title = "Error & more",
            .x_label = "features",
            .logarithmic_y = true,
            .x_ticks = {512, 1024, 2048},
            .series = {{"first", {{512, 0.5, 0.05}, {1024, 0.25, 0.03}, {2048, 0.125, 0.01}}},
                       {"a<b>(c=\"d\")", {{512, 0.51, 0}, {1024, 0.26, 0}, {2048, 0.125, 0}}}},
            .references = {{"exact", 0.1, 0.01}}};
}

/// The values of an attribute of all elements that begin with `begin`.
std::vector<double> numbers_after(const std::string& text, const std::string& begin,
                                  const std::string& attribute) {
    std::vector<double> values;
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
        const auto value = text.find(" " + attribute + "=\"", at);
        values.push_back(std::stod(text.substr(value + attribute.size() + 3)));
    }
    return values;
}

}  // namespace

TEST_CASE("a plot is well-formed XML that names everything") {
    const std::string svg = plot_svg({panel(), panel()});
    CHECK(xml_fault(svg) == "");
    CHECK(occurrences(svg, "Error &amp; more") == 2);
    // Once in the legend and once in each panel.
    CHECK(occurrences(svg, ">a&lt;b&gt;(c=&quot;d&quot;)</text>") == 3);
    CHECK(occurrences(svg, ">first</text>") == 3);
    CHECK(occurrences(svg, ">exact</text>") == 3);
    for (const char* tick : {">512</text>", ">1024</text>", ">2048</text>", ">features</text>"})
        CHECK(occurrences(svg, tick) == 2);
    CHECK(occurrences(svg, "<path ") == 4);
    // A mark for each point of the first curve, and one in the legend.
    CHECK(occurrences(svg, "<circle ") == 7);
    CHECK(occurrences(svg, "fill-opacity") == 2);
    CHECK(svg == plot_svg({panel(), panel()}));
}

TEST_CASE("names at the ends of curves do not lie on each other") {
    PlotPanel crowded = panel();
    crowded.series.clear();
    crowded.references.clear();
    for (int k = 0; k < 12; ++k)
        crowded.series.push_back({"map" + std::to_string(k), {{512, 1, 0}, {2048, 0.5, 0}}});
    const std::string svg = plot_svg({crowded});
    CHECK(xml_fault(svg) == "");
    // Text of the legend is dark, that beside curves has their colour.
    std::vector<double> heights;
    for (auto at = svg.find(">map"); at != std::string::npos; at = svg.find(">map", at + 1)) {
        const auto begin = svg.rfind("<text", at);
        const std::string element = svg.substr(begin, at - begin);
        if (!contains(element, "#222222"))
            heights.push_back(numbers_after(element, "<text", "y").front());
    }
    REQUIRE(heights.size() == 12);
    std::sort(heights.begin(), heights.end());
    for (std::size_t k = 1; k < heights.size(); ++k) CHECK(heights[k] - heights[k - 1] > 14);
    CHECK(heights.front() > 0);
}

TEST_CASE("plots of nothing, of one point and of what is not finite are well-formed") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    PlotPanel odd = panel();
    odd.series = {{"one", {{512, 3, 0}}}, {"none", {{512, nan, 0}}}};
    odd.references = {{"zero", 0, 0}};
    odd.x_ticks = {512};
    PlotPanel empty;
    for (const auto& panels : {std::vector{odd}, std::vector{empty}, std::vector{empty, odd},
                               std::vector<PlotPanel>{}}) {
        const std::string svg = plot_svg(panels);
        CHECK(xml_fault(svg) == "");
        CHECK_FALSE(contains(svg, "nan"));
        CHECK_FALSE(contains(svg, "inf"));
    }
}

TEST_CASE("axes hold their values and name round numbers") {
    const PlotScale linear({0.512, 0.655}, false);
    CHECK(linear.position(0.512) > 0);
    CHECK(linear.position(0.655) < 1);
    CHECK(linear.position(0.6) > linear.position(0.55));
    CHECK(linear.ticks().size() >= 3);
    for (const double tick : linear.ticks()) CHECK(tick_text(tick).size() <= 5);
    const PlotScale logarithmic({1e-3, 1}, true);
    CHECK(logarithmic.position(0.1) - logarithmic.position(0.01) ==
          Approx(logarithmic.position(0.01) - logarithmic.position(0.001)));
    CHECK(tick_text(logarithmic.ticks().front()) == "0.001");
    CHECK(PlotScale({0.2, 0.25}, true).ticks().size() >= 2);
    CHECK(std::isfinite(PlotScale({0}, false).position(0)));
}
