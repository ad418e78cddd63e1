#include "comparison_report.hpp"

#include "csv_text.hpp"
#include "table.hpp"

#include <sketchntk/data/atomic_file.hpp>

#include <cmath>

namespace sketchntk::tools {

namespace {

// Counts of bytes and rows stay whole numbers.
Json number_json(double value) {
    if (!std::isfinite(value)) return nullptr;
    if (value == std::floor(value) && std::abs(value) > 1 && std::abs(value) < 1e15)
        return static_cast<std::int64_t>(value);
    return value;
}

Json run_json(const ComparisonResult& result) {
    Json json = {{"method", result.method},
                 {"map", result.map},
                 {"features", result.features},
                 {"split", result.split},
                 {"seed", result.seed}};
    for (const Figure& figure : figures())
        json[std::string(figure.name)] = number_json(figure.value(result));
    if (!result.solver.empty()) json["solver"] = result.solver;
    return json;
}

Json summary_json(const ComparisonSummary& summary) {
    Json json = {
        {"method", summary.method}, {"features", summary.features}, {"runs", summary.runs}};
    for (std::size_t f = 0; f < figures().size(); ++f) {
        const Estimate& of_figure = summary.estimates[f];
        json[std::string(figures()[f].name)] = {
            {"mean", number_json(of_figure.mean)},
            {"standard_error", number_json(of_figure.standard_error)},
            {"count", of_figure.count}};
    }
    return json;
}

std::string error_text(double value) {
    return significant(value).size() > 5 ? significant(value) : fixed(value, 4);
}

std::string deviation_text(const Estimate& of_figure) {
    return std::isnan(of_figure.standard_error) ? "-" : significant(of_figure.standard_error);
}

// One table, whose columns depend on what was measured.
class ComparisonTable {
  public:
    ComparisonTable(std::vector<ComparisonSummary> summaries, bool classification)
        : summaries_(std::move(summaries)), classification_(classification) {
        for (const ComparisonSummary& summary : summaries_) {
            repeated_ = repeated_ || summary.runs > 1;
            leave_one_out_ = leave_one_out_ || std::isfinite(summary["leave_one_out_rmse"].mean);
        }
    }

    std::string text() const {
        Table table(header());
        for (const ComparisonSummary& summary : summaries_) table.add(line(summary));
        return table.text();
    }

  private:
    using Cells = std::vector<std::string>;

    Cells header() const {
        Cells cells{"method", "features"};
        if (repeated_) cells.push_back("runs");
        const auto add = [&](const char* name) {
            cells.push_back(name);
            if (repeated_) cells.push_back("+-");
        };
        add("test RMSE");
        add("test R^2");
        if (classification_) add("accuracy");
        if (leave_one_out_) add("leave-one-out RMSE");
        add("Frobenius");
        add("trace");
        for (const char* name : {"spectral", "to", "learning s", "features s", "solve s", "lambda",
                                 "map", "model", "peak memory"})
            cells.push_back(name);
        return cells;
    }

    Cells line(const ComparisonSummary& s) const {
        const bool exact = s.features == 0;
        Cells cells{s.method, exact ? "-" : std::to_string(s.features)};
        if (repeated_) cells.push_back(std::to_string(s.runs));
        const auto add = [&](const char* name, const std::string& text) {
            cells.push_back(text);
            if (repeated_) cells.push_back(deviation_text(s[name]));
        };
        add("test_rmse", error_text(s["test_rmse"].mean));
        add("test_r2", fixed(s["test_r2"].mean, 4));
        if (classification_) add("test_accuracy", fixed(s["test_accuracy"].mean, 4));
        if (leave_one_out_) add("leave_one_out_rmse", error_text(s["leave_one_out_rmse"].mean));
        add("frobenius_error", fixed(s["frobenius_error"].mean, 4));
        add("trace_error", fixed(s["trace_error"].mean, 4));
        cells.push_back(fixed(s["smallest_ratio"].mean, 3));
        cells.push_back(fixed(s["largest_ratio"].mean, 3));
        cells.push_back(exact ? "-" : fixed(s["learning_seconds"].mean, 2));
        cells.push_back(exact ? "-" : fixed(s["feature_seconds"].mean, 2));
        cells.push_back(fixed(s["solve_seconds"].mean, 2));
        cells.push_back(significant(s["lambda"].mean));
        cells.push_back(exact ? "-" : mebibytes(s["map_bytes"].mean));
        cells.push_back(exact ? "-" : fixed(s["model_bytes"].mean / 1024, 0) + " KiB");
        cells.push_back(mebibytes(s["peak_bytes"].mean));
        return cells;
    }

    std::vector<ComparisonSummary> summaries_;
    bool classification_;
    bool repeated_ = false;
    bool leave_one_out_ = false;
};

}  // namespace

Json comparison_json(std::span<const ComparisonResult> results) {
    Json runs = Json::array();
    for (const ComparisonResult& result : results) runs.push_back(run_json(result));
    Json summary = Json::array();
    for (const ComparisonSummary& of_method : summarise(results))
        summary.push_back(summary_json(of_method));
    return {{"runs", runs}, {"summary", summary}};
}

std::string runs_csv(std::span<const ComparisonResult> results) {
    std::vector<std::string> names{"method", "map", "features", "split", "seed"};
    for (const Figure& figure : figures()) names.emplace_back(figure.name);
    std::string text = csv_line(names);
    for (const ComparisonResult& result : results) {
        std::vector<std::string> cells{result.method, result.map, std::to_string(result.features),
                                       std::to_string(result.split), std::to_string(result.seed)};
        for (const Figure& figure : figures()) cells.push_back(csv_number(figure.value(result)));
        text += csv_line(cells);
    }
    return text;
}

std::string summary_csv(std::span<const ComparisonResult> results) {
    std::vector<std::string> names{"method", "features", "runs"};
    for (const Figure& figure : figures()) {
        names.emplace_back(figure.name);
        names.push_back(std::string(figure.name) + "_standard_error");
    }
    std::string text = csv_line(names);
    for (const ComparisonSummary& summary : summarise(results)) {
        std::vector<std::string> cells{summary.method, std::to_string(summary.features),
                                       std::to_string(summary.runs)};
        for (const Estimate& of_figure : summary.estimates) {
            cells.push_back(csv_number(of_figure.mean));
            cells.push_back(csv_number(of_figure.standard_error));
        }
        text += csv_line(cells);
    }
    return text;
}

std::string comparison_table(std::span<const ComparisonResult> results, bool classification) {
    return ComparisonTable(summarise(results), classification).text();
}

std::string result_line(const ComparisonResult& r) {
    std::string text = "  test RMSE " + significant(r.test_rmse) + ", R^2 " + fixed(r.test_r2, 4);
    if (!std::isnan(r.test_accuracy)) text += ", accuracy " + fixed(r.test_accuracy, 4);
    if (!std::isnan(r.leave_one_out_rmse))
        text += ", leave-one-out RMSE " + significant(r.leave_one_out_rmse) + ", GCV RMSE " +
                significant(r.gcv_rmse);
    if (r.features > 0 && !std::isnan(r.kernel_error.frobenius))
        text += ", kernel error " + fixed(r.kernel_error.frobenius, 4);
    if (r.map != r.method) text += ", " + r.map;
    text += ", " + fixed(r.learning_seconds + r.feature_seconds + r.solve_seconds, 2) + " s";
    return r.solver.empty() ? text : text + "\n  " + r.solver;
}

void write_text(const std::string& path, const std::string& text) {
    if (path.empty()) return;
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

}  // namespace sketchntk::tools
