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
    const ModelParts& parts = model.parts();
    std::cout << "network        " << to_text(parts.feature_map.network) << ", "
              << to_text(parts.feature_map.kind) << "\n"
              << "feature map    " << map_text(parts.feature_map) << ", "
              << parts.solution.coefficients.rows() << " features, seed "
              << parts.feature_map.seed.value << "\n"
              << "lambda         " << significant(parts.solution.lambda)
              << " of the mean kernel diagonal, " << fixed(parts.solution.degrees_of_freedom, 1)
              << " degrees of freedom\n"
              << "training rows  " << parts.training_rows << "\n"
              << "targets       ";
    for (const std::string& target : parts.schema.targets) std::cout << " " << target;
    if (parts.schema.class_column)
        std::cout << " (classes of " << parts.schema.class_column->name << ")";
    else if (!parts.schema.classes.empty())
        std::cout << "\nclasses        " << joined(parts.schema.classes);
    std::cout << "\ninputs        ";
    if (parts.schema.named)
        for (const InputColumn& column : parts.schema.inputs) std::cout << " " << column.name;
    else
        std::cout << " " << parts.schema.inputs.size() << " columns without names";
    std::cout << "\n";
    if (!parts.standardiser.constant_columns().empty()) {
        const std::vector<std::string> names = parts.schema.input_names();
        std::cout << "not used      ";
        for (const Index column : parts.standardiser.constant_columns())
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
