#include "command.hpp"
#include "command_json.hpp"
#include "data_options.hpp"
#include "evaluation.hpp"
#include "map_options.hpp"
#include "table.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/atomic_file.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/model/model.hpp>

#include <charconv>
#include <iostream>
#include <memory>
#include <optional>

namespace sketchntk::tools {

namespace {

struct PredictArguments {
    DataOptions data;
    RunOptions run;
    std::string model;
    std::string out;
    std::string json;
    Index batch_rows = 4096;
};

// Where predictions go, in the order of the rows; of a model of classes a text file has the class
// of each row first.
class PredictionFile {
  public:
    virtual ~PredictionFile() = default;
    virtual void append(const Matrix<double>& predictions) = 0;
    virtual void commit() = 0;
};

class CsvPredictions final : public PredictionFile {
  public:
    CsvPredictions(const std::string& path, const Schema& schema)
        : file_(path), classes_(schema.class_column ? schema.targets : std::vector<std::string>{}) {
        std::vector<std::string> header = schema.targets;
        if (schema.class_column) header.insert(header.begin(), schema.class_column->name);
        for (std::size_t t = 0; t < header.size(); ++t)
            file_.write((t > 0 ? "," : "") + in_quotes(header[t]));
        file_.write("\n");
    }

    void append(const Matrix<double>& predictions) override {
        for (Index i = 0; i < predictions.rows(); ++i) {
            if (!classes_.empty())
                file_.write(in_quotes(
                    classes_[static_cast<std::size_t>(largest_column(predictions.row(i)))]));
            for (Index t = 0; t < predictions.columns(); ++t) {
                if (t > 0 || !classes_.empty()) file_.write(",");
                char buffer[32];
                const auto end =
                    std::to_chars(buffer, buffer + sizeof buffer, predictions(i, t)).ptr;
                file_.write({buffer, static_cast<std::size_t>(end - buffer)});
            }
            file_.write("\n");
        }
    }

    void commit() override { file_.commit(); }

  private:
    static std::string in_quotes(const std::string& name) {
        if (name.find_first_of(",\"\n\r") == std::string::npos) return name;
        std::string text = "\"";
        for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
        return text + "\"";
    }

    AtomicFile file_;
    std::vector<std::string> classes_;
};

class NpyPredictions final : public PredictionFile {
  public:
    NpyPredictions(const std::string& path, Index rows, Index targets)
        : writer_(path, rows, targets, NpyScalar::float64) {}
    void append(const Matrix<double>& predictions) override { writer_.append(predictions.view()); }
    void commit() override { writer_.commit(); }

  private:
    NpyWriter writer_;
};

std::unique_ptr<PredictionFile> open_predictions(const std::string& path, const Schema& schema,
                                                 RowReader& rows) {
    if (path.ends_with(".npy"))
        return std::make_unique<NpyPredictions>(path, count_rows(rows),
                                                static_cast<Index>(schema.targets.size()));
    if (path.ends_with(".csv")) return std::make_unique<CsvPredictions>(path, schema);
    throw InvalidArgument("out: expected a name that ends in .csv or .npy, got '" + path + "'");
}

void run_predict(const PredictArguments& arguments) {
    const Model model = Model::load(arguments.model);
    check_writable(arguments.json);
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    const auto rows = open_rows(arguments.data.source(), model.schema());
    expect_same_images(model.extractor().configuration().image, *rows);
    const auto file = open_predictions(arguments.out, model.schema(), *rows);
    std::optional<Evaluation> test;
    if (!rows->schema().targets.empty()) test.emplace(model.schema());
    Index done = 0;
    for (Batch batch; rows->read(arguments.batch_rows, batch);) {
        const Matrix<double> predictions = model.predict(batch, execution);
        file->append(predictions);
        if (test) test->add(predictions, batch.targets);
        done += batch.rows();
        execution.report({"predicting", done, rows->row_count().value_or(0), "rows"});
    }
    progress.clear();
    file->commit();
    Json json{{"rows", done}};
    if (test) json["test"] = evaluation_json(*test);
    write_json(arguments.json, json);
    std::cout << "rows  " << done << "\n";
    if (!test) return;
    if (test->confusion)
        std::cout << "accuracy  " << fixed(test->confusion->accuracy(), 4) << "\n"
                  << confusion_text(*test->confusion, model.schema());
    else
        std::cout << "RMSE  " << significant(test->error.root_mean_square()) << "\n"
                  << "R^2   " << fixed(test->error.r_squared(), 4) << "\n";
}

}  // namespace

void add_predict_command(CLI::App& program) {
    auto arguments = std::make_shared<PredictArguments>();
    CLI::App* command =
        program.add_subcommand("predict", "Predict the rows of a data file with a fitted model");
    command->add_option("--model", arguments->model, "Model file that fit wrote")->required();
    arguments->data.add_to(*command);
    arguments->data.add_target_to(*command);
    command->add_option("--out", arguments->out, "Predictions to write: .csv or .npy")->required();
    command->add_option("--json", arguments->json, "Write the report as JSON");
    command->add_option("--batch-rows", arguments->batch_rows, "Rows mapped at once")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    arguments->run.add_to(*command, false);
    command->footer(
        "Where the data has the model's target, the error is printed, too. Of a model of classes a "
        "text\nfile has the class of each row before its scores.\n"
        "Example:\n  sketchntk predict --model protein.model --data data/protein/data.csv.gz --out "
        "predictions.csv");
    command->callback([arguments] { run_predict(*arguments); });
}

}  // namespace sketchntk::tools
