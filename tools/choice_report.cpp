#include "choice_report.hpp"

#include "table.hpp"

#include <cmath>
#include <map>
#include <vector>

namespace sketchntk::tools {

namespace {

Json number_or_null(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json evidence_json(const MapEvidence& evidence) {
    const std::string map = map_text(evidence.configuration);
    if (!evidence.can_serve()) return {{"map", map}, {"refusal", evidence.refusal}};
    return {{"map", map},
            {"features", evidence.configuration.features},
            {"measured_features", evidence.measured_features},
            {"held_out_error", number_or_null(evidence.held_out_error)},
            {"kernel_error", number_or_null(evidence.kernel_error)},
            {"flops_per_row", evidence.flops_per_row}};
}

Table evidence_table(const MapChoice& choice) {
    Table table(
        {"map", "features", "measured with", "held-out error", "kernel error", "kflops a row", ""});
    for (const MapEvidence& evidence : choice.evidence) {
        if (!evidence.can_serve()) continue;
        table.add({map_text(evidence.configuration),
                   std::to_string(evidence.configuration.features),
                   std::to_string(evidence.measured_features), fixed(evidence.held_out_error, 4),
                   fixed(evidence.kernel_error, 4), fixed(evidence.flops_per_row / 1000, 0),
                   evidence.configuration == choice.configuration ? "chosen" : ""});
    }
    return table;
}

// Maps by the reason why they cannot serve.
std::map<std::string, std::vector<std::string>> refusals(const MapChoice& choice) {
    std::map<std::string, std::vector<std::string>> result;
    for (const MapEvidence& evidence : choice.evidence)
        if (!evidence.can_serve())
            result[evidence.refusal].push_back(map_text(evidence.configuration));
    return result;
}

}  // namespace

Json choice_json(const MapChoice& choice) {
    Json evidence = Json::array();
    for (const MapEvidence& of_map : choice.evidence) evidence.push_back(evidence_json(of_map));
    return {{"map", map_text(choice.configuration)},
            {"learning_rows", choice.learning_rows},
            {"held_out_rows", choice.held_out_rows},
            {"evidence", evidence}};
}

std::string choice_text(const MapChoice& choice) {
    if (choice.evidence.empty())
        return "fewer than " + std::to_string(least_compared_rows) +
               " rows: too few to compare maps by; " + map_text(choice.configuration) +
               " was taken\n";
    std::string text =
        "maps compared on " + std::to_string(choice.held_out_rows) + " rows, having seen " +
        std::to_string(choice.learning_rows) + " others; chosen by the " +
        (choice.by_held_out_error ? "held-out error (RMSE over the deviation)" : "kernel error") +
        ", then by cost\n" + evidence_table(choice).text();
    for (const auto& [refusal, maps] : refusals(choice))
        text += joined(maps) + " cannot serve: " + refusal + "\n";
    return text;
}

}  // namespace sketchntk::tools
