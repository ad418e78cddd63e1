#include "comparison_summary.hpp"
#include "csv_text.hpp"
#include "ntk_sketch_protocol.hpp"
#include "table.hpp"

namespace sketchntk::tools {

namespace {

Estimate over_folds(const ProtocolResult& result, double ProtocolFold::*figure) {
    std::vector<double> values;
    for (const ProtocolFold& fold : result.folds) values.push_back(fold.*figure);
    return estimate(values);
}

struct Variant {
    const char* name;
    double ProtocolFold::*error;
    double ProtocolFold::*lambda;
};

constexpr Variant variants[] = {
    {"as published", &ProtocolFold::published_squared_error, &ProtocolFold::published_lambda},
    {"lambda as selected", &ProtocolFold::selected_squared_error, &ProtocolFold::selected_lambda},
};

}  // namespace

std::string protocol_line(const ProtocolResult& result) {
    std::string text;
    for (const Variant& variant : variants)
        text += std::string("mean squared error ") +
                significant(over_folds(result, variant.error).mean) + " " + variant.name + ", ";
    return text + fixed(result.seconds, 1) + " s";
}

std::string protocol_table(std::span<const ProtocolResult> results) {
    Table table({"method", "features", "final fit", "mean squared error", "+-", "fold 1", "fold 2",
                 "fold 3", "fold 4", "seconds"});
    for (const ProtocolResult& result : results)
        for (const Variant& variant : variants) {
            const Estimate error = over_folds(result, variant.error);
            std::vector<std::string> cells{result.method, std::to_string(result.features),
                                           variant.name, fixed(error.mean, 4),
                                           significant(error.standard_error)};
            for (const ProtocolFold& fold : result.folds)
                cells.push_back(fixed(fold.*variant.error, 4));
            cells.push_back(fixed(result.seconds, 1));
            table.add(std::move(cells));
        }
    return table.text();
}

std::string protocol_csv(std::span<const ProtocolResult> results) {
    std::string text = csv_line(
        {"method", "features", "fold", "training_rows", "test_rows", "final_fit", "lambda", "mse"});
    for (const ProtocolResult& result : results)
        for (std::size_t k = 0; k < result.folds.size(); ++k)
            for (const Variant& variant : variants) {
                const ProtocolFold& fold = result.folds[k];
                text +=
                    csv_line({result.method, std::to_string(result.features), std::to_string(k + 1),
                              std::to_string(fold.training_rows), std::to_string(fold.test_rows),
                              variant.name, csv_number(fold.*variant.lambda),
                              csv_number(fold.*variant.error)});
            }
    return text;
}

Json protocol_json(std::span<const ProtocolResult> results) {
    Json json = Json::array();
    for (const ProtocolResult& result : results) {
        Json folds = Json::array();
        for (const ProtocolFold& fold : result.folds)
            folds.push_back({{"training_rows", fold.training_rows},
                             {"test_rows", fold.test_rows},
                             {"published_lambda", fold.published_lambda},
                             {"published_mse", fold.published_squared_error},
                             {"selected_lambda", fold.selected_lambda},
                             {"selected_mse", fold.selected_squared_error}});
        const auto mean_json = [&](double ProtocolFold::*figure) -> Json {
            const Estimate error = over_folds(result, figure);
            return {{"mean", error.mean},
                    {"standard_error", error.standard_error},
                    {"count", error.count}};
        };
        json.push_back({{"method", result.method},
                        {"features", result.features},
                        {"published_mse", mean_json(&ProtocolFold::published_squared_error)},
                        {"selected_mse", mean_json(&ProtocolFold::selected_squared_error)},
                        {"seconds", result.seconds},
                        {"folds", folds}});
    }
    return json;
}

}  // namespace sketchntk::tools
