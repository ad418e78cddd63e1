#include "csv_text.hpp"
#include "table.hpp"
#include "uci_protocol.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace sketchntk::tools {

namespace {

constexpr const char* protocol_name = "uci";

std::string percent(double share) {
    return fixed(100 * share, 2);
}

struct CompleteSets {
    std::vector<std::string> methods;  ///< asked for
    Matrix<double> accuracies;         ///< sets with a result of each x methods
};

CompleteSets complete(std::span<const UciSetResult> sets, std::span<const std::string> methods) {
    CompleteSets result{{methods.begin(), methods.end()}, {}};
    std::vector<const UciSetResult*> chosen;
    for (const UciSetResult& set : sets)
        if (std::all_of(methods.begin(), methods.end(),
                        [&](const std::string& method) { return set.find(method) != nullptr; }))
            chosen.push_back(&set);
    result.accuracies =
        Matrix<double>(static_cast<Index>(chosen.size()), static_cast<Index>(methods.size()));
    for (std::size_t i = 0; i < chosen.size(); ++i)
        for (std::size_t m = 0; m < methods.size(); ++m)
            result.accuracies(static_cast<Index>(i), static_cast<Index>(m)) =
                chosen[i]->find(methods[m])->accuracy();
    return result;
}

Json summary_json(const CompleteSets& sets) {
    if (sets.accuracies.rows() == 0) return Json::array();
    const auto summaries = summarise_methods(sets.accuracies);
    Json json = Json::array();
    for (std::size_t m = 0; m < sets.methods.size(); ++m)
        json.push_back({{"method", sets.methods[m]},
                        {"sets", sets.accuracies.rows()},
                        {"mean_accuracy", summaries[m].mean},
                        {"standard_deviation", summaries[m].deviation},
                        {"friedman_rank", summaries[m].friedman_rank},
                        {"p90", summaries[m].p90},
                        {"p95", summaries[m].p95},
                        {"pma", summaries[m].pma}});
    return json;
}

Json grids_json(const UciGrids& grids) {
    return {{"deepest", grids.deepest},
            {"costs", grids.costs},
            {"gaussian_costs", grids.gaussian_costs},
            {"gammas", grids.gammas}};
}

UciGrids grids_from(const Json& json) {
    return {.deepest = json.at("deepest"),
            .costs = json.at("costs"),
            .gaussian_costs = json.at("gaussian_costs"),
            .gammas = json.at("gammas")};
}

Json method_json(const UciMethodResult& result) {
    return {{"method", result.method},
            {"kernel", result.kernel},
            {"description", result.description},
            {"cost", result.cost},
            {"selection_accuracy", result.selection_accuracy},
            {"accuracy", result.accuracy()},
            {"fold_accuracies", result.fold_accuracies},
            {"seconds", result.seconds}};
}

UciMethodResult method_from(const Json& json) {
    return {.method = json.at("method"),
            .kernel = json.at("kernel"),
            .description = json.at("description"),
            .cost = json.at("cost"),
            .selection_accuracy = json.at("selection_accuracy"),
            .fold_accuracies = json.at("fold_accuracies"),
            .seconds = json.at("seconds")};
}

Json set_json(const UciSetResult& set) {
    Json methods = Json::array();
    for (const UciMethodResult& method : set.methods) methods.push_back(method_json(method));
    return {{"name", set.name},
            {"rows", set.rows},
            {"inputs", set.inputs},
            {"classes", set.classes},
            {"methods", std::move(methods)}};
}

UciSetResult set_from(const Json& json) {
    UciSetResult set{.name = json.at("name"),
                     .rows = json.at("rows"),
                     .inputs = json.at("inputs"),
                     .classes = json.at("classes"),
                     .methods = {}};
    for (const Json& method : json.at("methods")) set.methods.push_back(method_from(method));
    return set;
}

UciReport report_from(const Json& json) {
    if (json.at("protocol") != protocol_name) throw Error("another protocol");
    UciReport report{.path = {}, .grids = grids_from(json.at("grids")), .sets = {}};
    for (const Json& set : json.at("sets")) report.sets.push_back(set_from(set));
    return report;
}

// Names the first list of which the two are not equal.
void check_grids(const std::string& path, const UciGrids& found, const UciGrids& wanted) {
    const Json of_file = grids_json(found);
    const Json asked = grids_json(wanted);
    for (const auto& [name, value] : asked.items())
        if (of_file.at(name) != value)
            throw InvalidArgument(path + ": holds results of another run, " + name + " " +
                                  of_file.at(name).dump() + " instead of " + value.dump() +
                                  "; name another file");
}

}  // namespace

UciReport UciReport::resumed(const std::string& path, const UciGrids& grids) {
    if (path.empty() || !std::filesystem::exists(path))
        return {.path = path, .grids = grids, .sets = {}};
    std::ifstream file(path);
    if (!file) throw IoError(path + ": cannot be read");
    UciReport report;
    try {
        report = report_from(Json::parse(file));
    } catch (const std::exception& error) {
        throw FormatError(path + ": is not a report of this protocol, which would be continued (" +
                          error.what() + "); name another file");
    }
    check_grids(path, report.grids, grids);
    report.path = path;
    return report;
}

Json UciReport::json(std::span<const std::string> methods) const {
    Json all = Json::array();
    for (const UciSetResult& set : sets) all.push_back(set_json(set));
    return {{"protocol", protocol_name},
            {"grids", grids_json(grids)},
            {"summary", summary_json(complete(sets, methods))},
            {"sets", std::move(all)}};
}

UciSetResult& UciReport::of(const UciDataSet& set) {
    const UciSetResult wanted{.name = set.name,
                              .rows = set.inputs.rows(),
                              .inputs = set.inputs.columns(),
                              .classes = set.class_count,
                              .methods = {}};
    const auto found = std::find_if(sets.begin(), sets.end(), [&](const UciSetResult& result) {
        return result.name == set.name;
    });
    if (found == sets.end()) return sets.emplace_back(wanted);
    const auto shape = [](const UciSetResult& result) {
        return std::to_string(result.rows) + " rows, " + std::to_string(result.inputs) +
               " inputs, " + std::to_string(result.classes) + " classes";
    };
    if (shape(*found) != shape(wanted))
        throw InvalidArgument(path + ": holds results of another " + set.name + " with " +
                              shape(*found) + " instead of " + shape(wanted));
    return *found;
}

std::string uci_line(const UciMethodResult& result) {
    return result.method + ": " + result.kernel + ", C " + csv_number(result.cost) + ", accuracy " +
           percent(result.accuracy()) + " %, " + fixed(result.seconds, 1) + " s";
}

std::string uci_set_table(std::span<const UciSetResult> sets,
                          std::span<const std::string> methods) {
    std::vector<std::string> header{"set", "rows", "inputs", "classes"};
    for (const std::string& method : methods)
        for (const char* column : {"kernel", "C", "%"})
            header.push_back(column == std::string("%") ? method + " %" : column);
    Table table(header);
    for (const UciSetResult& set : sets) {
        std::vector<std::string> cells{set.name, std::to_string(set.rows),
                                       std::to_string(set.inputs), std::to_string(set.classes)};
        for (const std::string& method : methods) {
            const UciMethodResult* result = set.find(method);
            cells.push_back(result == nullptr ? "-" : result->kernel);
            cells.push_back(result == nullptr ? "-" : csv_number(result->cost));
            cells.push_back(result == nullptr ? "-" : percent(result->accuracy()));
        }
        table.add(std::move(cells));
    }
    return table.text();
}

std::string uci_summary_table(std::span<const UciSetResult> sets,
                              std::span<const std::string> methods) {
    const CompleteSets of_all = complete(sets, methods);
    if (of_all.accuracies.rows() == 0) return {};
    const auto summaries = summarise_methods(of_all.accuracies);
    Table table({"method", "sets", "mean accuracy %", "deviation", "Friedman rank", "P90 %",
                 "P95 %", "PMA %"});
    for (std::size_t m = 0; m < methods.size(); ++m)
        table.add({methods[m], std::to_string(of_all.accuracies.rows()), percent(summaries[m].mean),
                   percent(summaries[m].deviation), fixed(summaries[m].friedman_rank, 3),
                   percent(summaries[m].p90), percent(summaries[m].p95),
                   percent(summaries[m].pma)});
    return table.text();
}

std::string uci_csv(std::span<const UciSetResult> sets) {
    std::string text =
        csv_line({"set", "rows", "inputs", "classes", "method", "kernel", "cost",
                  "selection_accuracy", "accuracy", "fold1", "fold2", "fold3", "fold4", "seconds"});
    for (const UciSetResult& set : sets)
        for (const UciMethodResult& result : set.methods) {
            std::vector<std::string> cells{set.name,
                                           std::to_string(set.rows),
                                           std::to_string(set.inputs),
                                           std::to_string(set.classes),
                                           result.method,
                                           result.kernel,
                                           csv_number(result.cost),
                                           csv_number(result.selection_accuracy),
                                           csv_number(result.accuracy())};
            for (const double accuracy : result.fold_accuracies)
                cells.push_back(csv_number(accuracy));
            cells.push_back(csv_number(result.seconds));
            text += csv_line(cells);
        }
    return text;
}

}  // namespace sketchntk::tools
