#include "plot_svg.hpp"

#include "plot_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace sketchntk::tools {

namespace {

constexpr double plot_width = 400;
constexpr double plot_height = 320;
constexpr double left_margin = 72;
constexpr double top_margin = 40;
constexpr double bottom_margin = 52;
constexpr double label_gap = 10;
constexpr double label_height = 16;
constexpr double character_width = 7.5;  // of the font of 13 px, about
constexpr double legend_mark = 34;
constexpr double legend_row = 22;
constexpr std::size_t longest_label = 24;

constexpr std::array palette{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                             "#E69F00", "#56B4E9", "#7F3C8D", "#8C510A"};
constexpr std::array dashes{"", "7 3", "2 3", "9 3 2 3"};

// Of a curve or a reference line, the same in all panels.
struct Style {
    std::string colour;
    std::string dash;
    int mark = -1;  ///< none
};

std::string number(double value) {
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
    return buffer.data();
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    return result;
}

double text_width(std::string_view text) {
    return character_width * static_cast<double>(text.size());
}

std::string shortened(const std::string& name) {
    return name.size() <= longest_label ? name : name.substr(0, longest_label - 3) + "...";
}

std::string text_at(double x, double y, std::string_view attributes, std::string_view text) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + std::string(attributes) +
           ">" + escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, std::string_view attributes) {
    return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
           "\" y2=\"" + number(y2) + "\" " + std::string(attributes) + "/>\n";
}

std::string stroke(const Style& style, double width) {
    return "stroke=\"" + style.colour + "\" stroke-width=\"" + number(width) + "\"" +
           (style.dash.empty() ? "" : " stroke-dasharray=\"" + style.dash + "\"");
}

std::string mark_at(double x, double y, const Style& style) {
    const std::string fill = "fill=\"" + style.colour + "\" stroke=\"#ffffff\"/>\n";
    const auto polygon = [&](std::initializer_list<std::pair<double, double>> corners) {
        std::string points;
        for (const auto& [dx, dy] : corners) points += number(x + dx) + "," + number(y + dy) + " ";
        points.pop_back();
        return "<polygon points=\"" + points + "\" " + fill;
    };
    switch (style.mark) {
        case -1:
            return "";
        case 0:
            return "<circle cx=\"" + number(x) + "\" cy=\"" + number(y) + "\" r=\"4.50\" " + fill;
        case 1:
            return polygon({{-4, -4}, {4, -4}, {4, 4}, {-4, 4}});
        case 2:
            return polygon({{0, -5}, {5, 4}, {-5, 4}});
        default:
            return polygon({{0, -5.5}, {5.5, 0}, {0, 5.5}, {-5.5, 0}});
    }
}

// Names of all panels with the styles that they get, in the order in which they come.
class Styles {
  public:
    explicit Styles(const std::vector<PlotPanel>& panels) {
        for (const PlotPanel& panel : panels) {
            for (const PlotSeries& series : panel.series) add(series.name, curves_, true);
            for (const PlotReference& line : panel.references) add(line.name, references_, false);
        }
    }

    [[nodiscard]] const Style& operator[](const std::string& name) const {
        return std::find_if(all_.begin(), all_.end(),
                            [&](const auto& named) { return named.first == name; })
            ->second;
    }
    [[nodiscard]] const std::vector<std::pair<std::string, Style>>& all() const { return all_; }

  private:
    void add(const std::string& name, std::size_t& count, bool curve) {
        for (const auto& [known, style] : all_)
            if (known == name) return;
        const std::size_t k = count++;
        // Curves beyond the palette take its colours again, with another dash.
        const Style style =
            curve ? Style{palette[k % palette.size()], dashes[k / palette.size() % dashes.size()],
                          static_cast<int>((k + k / palette.size()) % 4)}
                  : Style{k % 2 == 0 ? "#222222" : "#777777", dashes[(k + 1) % dashes.size()]};
        all_.emplace_back(name, style);
    }

    std::size_t curves_ = 0;
    std::size_t references_ = 0;
    std::vector<std::pair<std::string, Style>> all_;
};

// A curve's name beside its end, moved where it would lie on another.
struct EndLabel {
    std::string name;
    double end = 0;  ///< of the curve
    double y = 0;    ///< of the name
};

void spread(std::vector<EndLabel>& labels, double top, double bottom) {
    std::stable_sort(labels.begin(), labels.end(),
                     [](const EndLabel& a, const EndLabel& b) { return a.end < b.end; });
    double next = top;
    for (EndLabel& label : labels) {
        label.y = std::max(label.end, next);
        next = label.y + label_height;
    }
    double last = bottom;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
        label->y = std::min(label->y, last);
        last = label->y - label_height;
    }
}

class PanelDrawing {
  public:
    PanelDrawing(const PlotPanel& panel, const Styles& styles, double left, double top)
        : panel_(panel),
          styles_(styles),
          left_(left + left_margin),
          top_(top + top_margin),
          scale_(values(), logarithmic()) {
        const auto& ticks = panel_.x_ticks;
        first_x_ = (ticks.empty() ? 0 : std::log2(ticks.front())) - 0.15;
        last_x_ = (ticks.empty() ? 1 : std::log2(ticks.back())) + 0.15;
    }

    std::string text() {
        std::string svg = "<g>\n" + text_at(left_, top_ - 16,
                                            "font-size=\"15\" font-weight=\"bold\"", panel_.title);
        svg += axes();
        for (const PlotReference& reference : panel_.references) svg += draw(reference);
        for (const PlotSeries& series : panel_.series) svg += draw(series);
        return svg + labels() + "</g>\n";
    }

  private:
    [[nodiscard]] bool logarithmic() const {
        bool positive = panel_.logarithmic_y;
        for (const PlotSeries& series : panel_.series)
            for (const PlotPoint& point : series.points) positive = positive && !(point.y <= 0);
        for (const PlotReference& reference : panel_.references)
            positive = positive && !(reference.y <= 0);
        return positive;
    }

    // Everything that the axis must reach; the lower end of a bar may have no logarithm.
    [[nodiscard]] std::vector<double> values() const {
        std::vector<double> all;
        const auto add = [&](double y, double error) {
            if (!std::isfinite(y)) return;
            all.push_back(y);
            all.push_back(y + error);
            if (!logarithmic() || y - error > y / 10) all.push_back(y - error);
        };
        for (const PlotSeries& series : panel_.series)
            for (const PlotPoint& point : series.points) add(point.y, point.error);
        for (const PlotReference& reference : panel_.references) add(reference.y, reference.error);
        return all;
    }

    [[nodiscard]] double x_of(double x) const {
        return left_ + plot_width * (std::log2(x) - first_x_) / (last_x_ - first_x_);
    }
    [[nodiscard]] double y_of(double y) const {
        const double position = logarithmic() && y <= 0 ? 0 : scale_.position(y);
        return top_ + plot_height * (1 - std::clamp(position, 0.0, 1.0));
    }

    [[nodiscard]] std::string axes() const {
        const double bottom = top_ + plot_height;
        std::string svg;
        for (const double tick : scale_.ticks()) {
            svg += line(left_, y_of(tick), left_ + plot_width, y_of(tick), "stroke=\"#e3e3e3\"");
            svg += text_at(left_ - 8, y_of(tick) + 4.5, "text-anchor=\"end\"", tick_text(tick));
        }
        double free_from = left_ - left_margin;
        for (const double tick : panel_.x_ticks) {
            const std::string name = std::to_string(std::llround(tick));
            svg += line(x_of(tick), bottom, x_of(tick), bottom + 5, "stroke=\"#444444\"");
            const double half = text_width(name) / 2;
            if (x_of(tick) - half < free_from) continue;
            free_from = x_of(tick) + half + character_width;
            svg += text_at(x_of(tick), bottom + 20, "text-anchor=\"middle\"", name);
        }
        svg += line(left_, bottom, left_ + plot_width, bottom, "stroke=\"#444444\"");
        svg += line(left_, top_, left_, bottom, "stroke=\"#444444\"");
        return svg + text_at(left_ + plot_width / 2, bottom + 42, "text-anchor=\"middle\"",
                             panel_.x_label);
    }

    std::string draw(const PlotReference& reference) {
        if (!std::isfinite(reference.y)) return "";
        const Style& style = styles_[reference.name];
        const double y = y_of(reference.y);
        std::string svg;
        if (reference.error > 0) {
            const double upper = y_of(reference.y + reference.error);
            const double lower = y_of(reference.y - reference.error);
            svg += "<rect x=\"" + number(left_) + "\" y=\"" + number(upper) + "\" width=\"" +
                   number(plot_width) + "\" height=\"" + number(lower - upper) + "\" fill=\"" +
                   style.colour + "\" fill-opacity=\"0.12\"/>\n";
        }
        ends_.push_back({reference.name, y, y});
        return svg + line(left_, y, left_ + plot_width, y, stroke(style, 1.5));
    }

    std::string draw(const PlotSeries& series) {
        const Style& style = styles_[series.name];
        std::string path;
        std::string bars;
        std::string marks;
        double end = 0;
        for (const PlotPoint& point : series.points) {
            if (!std::isfinite(point.y)) continue;
            const double x = x_of(point.x);
            const double y = end = y_of(point.y);
            path += (path.empty() ? "M" : " L") + number(x) + "," + number(y);
            marks += mark_at(x, y, style);
            if (point.error <= 0) continue;
            const double upper = y_of(point.y + point.error);
            const double lower = y_of(point.y - point.error);
            const std::string thin = "stroke=\"" + style.colour + "\" stroke-width=\"1.5\"";
            bars += line(x, upper, x, lower, thin) + line(x - 4, upper, x + 4, upper, thin) +
                    line(x - 4, lower, x + 4, lower, thin);
        }
        if (path.empty()) return "";
        ends_.push_back({series.name, end, end});
        return "<path d=\"" + path + "\" fill=\"none\" " + stroke(style, 2) + "/>\n" + bars + marks;
    }

    std::string labels() {
        spread(ends_, top_ + 4, top_ + plot_height);
        const double edge = left_ + plot_width;
        std::string svg;
        for (const EndLabel& label : ends_) {
            const Style& style = styles_[label.name];
            svg += line(edge + 1, label.end, edge + label_gap - 1, label.y,
                        "stroke=\"" + style.colour + "\" stroke-width=\"1\"");
            svg += text_at(edge + label_gap + 2, label.y + 4.5, "fill=\"" + style.colour + "\"",
                           shortened(label.name));
        }
        return svg;
    }

    const PlotPanel& panel_;
    const Styles& styles_;
    double left_;
    double top_;
    PlotScale scale_;
    double first_x_ = 0;
    double last_x_ = 1;
    std::vector<EndLabel> ends_;
};

// Draws the legend into `svg` and gives its height.
double legend(const Styles& styles, double width, std::string& svg) {
    double x = left_margin;
    double y = 24;
    for (const auto& [name, style] : styles.all()) {
        const double needed = legend_mark + text_width(name) + 24;
        if (x > left_margin && x + needed > width) {
            x = left_margin;
            y += legend_row;
        }
        svg += line(x, y, x + legend_mark - 8, y, stroke(style, 2));
        svg += mark_at(x + (legend_mark - 8) / 2, y, style);
        svg += text_at(x + legend_mark, y + 4.5, "fill=\"#222222\"", name);
        x += needed;
    }
    return y + legend_row;
}

}  // namespace

std::string plot_svg(const std::vector<PlotPanel>& panels) {
    const Styles styles(panels);
    double label_width = 40;
    for (const auto& [name, style] : styles.all())
        label_width = std::max(label_width, text_width(shortened(name)));
    const double panel_width = left_margin + plot_width + label_gap + label_width + 16;
    const double width = panel_width * static_cast<double>(panels.size());
    std::string body;
    const double top = legend(styles, width, body);
    for (std::size_t k = 0; k < panels.size(); ++k)
        body += PanelDrawing(panels[k], styles, static_cast<double>(k) * panel_width, top).text();
    const double height = top + top_margin + plot_height + bottom_margin;
    const std::string size = number(width) + " " + number(height);
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
           number(width) + "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + size +
           "\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"13\" "
           "fill=\"#222222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" +
           body + "</svg>\n";
}

}  // namespace sketchntk::tools
