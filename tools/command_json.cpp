#include "command_json.hpp"

#include "choice_report.hpp"

#include <sketchntk/data/atomic_file.hpp>

namespace sketchntk::tools {

Json fit_json(const FitResult& result) {
    const FitReport& report = result.report;
    const RidgeSolution& solution = result.model.solution();
    Json json{{"map", map_text(result.model.extractor().configuration())}};
    if (report.map_choice) json["map_choice"] = choice_json(*report.map_choice);
    json.update({{"rows", report.rows},
                 {"inputs", result.model.extractor().standardiser().output_columns()},
                 {"features", solution.coefficients.rows()},
                 {"constant_columns", report.constant_columns},
                 {"constant_targets", report.constant_targets},
                 {"lambda", solution.lambda},
                 {"lambda_at_end_of_grid", report.choice.at_end_of_grid},
                 {"mean_kernel_diagonal", report.mean_kernel_diagonal},
                 {"degrees_of_freedom", solution.degrees_of_freedom},
                 {"condition_number", solution.condition_number},
                 {"training_mean_squared_errors", report.training_mean_squared_errors},
                 {"feature_seconds", report.feature_seconds},
                 {"accumulate_seconds", report.accumulate_seconds},
                 {"solve_seconds", report.solve_seconds},
                 {"total_seconds", report.total_seconds}});
    return json;
}

Json evaluation_json(const Evaluation& evaluation) {
    const RegressionError& error = evaluation.error;
    Json targets = Json::array();
    for (Index t = 0; t < error.target_count(); ++t)
        targets.push_back({{"rmse", error.root_mean_square(t)}, {"r2", error.r_squared(t)}});
    Json json{{"rows", error.rows()},
              {"rmse", error.root_mean_square()},
              {"r2", error.r_squared()},
              {"targets", targets}};
    if (!evaluation.confusion) return json;
    const ConfusionTable& confusion = *evaluation.confusion;
    Json counts = Json::array();
    for (Index truth = 0; truth < confusion.classes(); ++truth) {
        Json row = Json::array();
        for (Index predicted = 0; predicted < confusion.classes(); ++predicted)
            row.push_back(confusion.count(truth, predicted));
        counts.push_back(row);
    }
    json["accuracy"] = confusion.accuracy();
    json["confusion"] = counts;
    return json;
}

Json plan_json(const FitPlan& plan) {
    return {{"rows", plan.rows},
            {"inputs", plan.inputs},
            {"features", plan.features},
            {"process_bytes", plan.process_bytes},
            {"map_bytes", plan.map_bytes},
            {"batch_bytes", plan.batch_bytes},
            {"accumulator_bytes", plan.accumulator_bytes},
            {"solve_bytes", plan.solve_bytes},
            {"peak_bytes", plan.peak_bytes},
            {"feature_seconds", plan.feature_seconds},
            {"accumulate_seconds", plan.accumulate_seconds},
            {"solve_seconds", plan.solve_seconds}};
}

std::string to_text(LambdaRule rule) {
    switch (rule) {
        case LambdaRule::automatic:
        case LambdaRule::generalised_cross_validation:
            return "generalised cross-validation";
        case LambdaRule::leave_one_out:
            return "leave-one-out error";
        case LambdaRule::validation:
            return "validation rows";
        case LambdaRule::given:
            return "given";
    }
    return "";
}

void write_json(const std::string& path, const Json& json) {
    if (path.empty()) return;
    const std::string text = json.dump(2) + "\n";
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

void check_writable(const std::string& path) {
    if (!path.empty()) const AtomicFile probe(path);
}

}  // namespace sketchntk::tools
