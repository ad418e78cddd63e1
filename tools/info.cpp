#include "command.hpp"
#include "table.hpp"

#include <sketchntk/data/container.hpp>
#include <sketchntk/model/model.hpp>

#include <iostream>
#include <memory>
#include <optional>

namespace sketchntk::tools {

namespace {

void print_model(const Model& model) {
    const FeatureMapConfiguration& map = model.extractor().configuration();
    const RidgeSolution& solution = model.solution();
    const Schema& schema = model.schema();
    const Standardiser& standardiser = model.extractor().standardiser();
    std::cout << "network        " << to_text(map.network) << ", " << to_text(map.kind) << "\n"
              << "feature map    " << map_text(map) << ", " << solution.coefficients.rows()
              << " features, seed " << map.seed.value << "\n"
              << "lambda         " << significant(solution.lambda)
              << " of the mean kernel diagonal, " << fixed(solution.degrees_of_freedom, 1)
              << " degrees of freedom\n"
              << "training rows  " << model.training_rows() << "\n"
              << "targets       ";
    for (const std::string& target : schema.targets) std::cout << " " << target;
    if (schema.class_column)
        std::cout << " (classes of " << schema.class_column->name << ")";
    else if (!schema.classes.empty())
        std::cout << "\nclasses        " << joined(schema.classes);
    std::cout << "\ninputs        ";
    if (schema.named)
        for (const InputColumn& column : schema.inputs) std::cout << " " << column.name;
    else
        std::cout << " " << schema.inputs.size() << " columns without names";
    std::cout << "\n";
    if (!standardiser.constant_columns().empty()) {
        const std::vector<std::string> names = schema.input_names();
        std::cout << "not used      ";
        for (const Index column : standardiser.constant_columns())
            std::cout << " " << names[static_cast<std::size_t>(column)];
        std::cout << " (constant in the training rows)\n";
    }
}

void run_info(const std::string& path) {
    const ContainerSummary summary = summarise_container(path);
    // Before anything is printed: a damaged file is an error and nothing else.
    std::optional<Model> model;
    if (summary.kind == "model") model = Model::load(path);
    std::cout << "file           " << path << ", " << summary.bytes << " bytes\n"
              << "kind           " << summary.kind << ", version " << summary.version << "\n";
    if (model) print_model(*model);
    for (const ContainerSummary::Array& array : summary.arrays)
        std::cout << "array          " << array.name << ", " << array.rows << " x " << array.columns
                  << (array.is_float64 ? " float64" : " float32") << "\n";
}

}  // namespace

void add_info_command(CLI::App& program) {
    auto path = std::make_shared<std::string>();
    CLI::App* command = program.add_subcommand("info", "Say what a file of this program holds");
    command->add_option("file", *path, "Model file")->required();
    command->footer("Example:\n  sketchntk info protein.model");
    command->callback([path] { run_info(*path); });
}

}  // namespace sketchntk::tools
